import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AccessControl, FakeUser } from "./access-control.ts";
import { discoveryBody, versionBody, type ServerVersion } from "./discovery.ts";
import type { Faults, FaultSubject } from "./faults.ts";
import { RESOURCES } from "./kube-object.ts";
import { listPage } from "./list-page.ts";
import { findLog, writeLog } from "./log-answer.ts";
import { TooOld, type ObjectStore } from "./object-store.ts";
import type { PodLogs } from "./pod-logs.ts";
import { replaceLease } from "./replace-lease.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";
import { routeRequest, type Route } from "./route-request.ts";
import { BadSelector, readSelectors } from "./select-objects.ts";
import * as status from "./status-body.ts";
import { WatchSession, dripInto } from "./watch-session.ts";

interface Parts {
  store: ObjectStore;
  faults: Faults;
  requests: RequestLog;
  access: AccessControl;
  logs: PodLogs;
  sessions: Set<WatchSession>;
  now(): number;
  reset(address: { remoteAddress?: string | undefined; remotePort?: number | undefined }): void;
  watchList: boolean;
  version: ServerVersion;
}

/** One request with what is known about it. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  route: Route;
  query: URLSearchParams;
  subject: FaultSubject;
  entry: LoggedRequest;
}

type CollectionRoute = Extract<Route, { kind: "list" | "watch" }>;

/** Answers requests: who is it, may it, does a fault stand, what is asked. */
export class RequestAnswer {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://server");
    const route = routeRequest(url.pathname, url.searchParams, request.method);
    const identity = this.#parts.access.identify(request.headers.authorization, commonName(request));
    const user = identity.kind === "user" ? identity.user.name : "system:anonymous";
    const subject = subjectOf(route, user);
    const entry = this.#parts.requests.add({
      method: request.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      request: subject.request,
      resource: subject.resource,
      namespace: subject.namespace,
      user,
      at: Date.now(),
      status: null,
    });
    const exchange = { request, response, route, query: url.searchParams, subject, entry };
    response.on("error", () => {});
    if (await this.#failByFault(exchange)) return;
    if (identity.kind === "invalid") return this.#send(exchange, status.unauthorized());
    if (route.kind === "version") return this.#send(exchange, versionBody(this.#parts.version));
    if (route.kind === "health") return this.#sendText(exchange, 200, "ok");
    if (route.kind === "no-path") return this.#sendText(exchange, 404, "404 page not found\n");
    if (identity.kind === "anonymous") return this.#refuseAnonymous(exchange, url.pathname);
    try {
      await this.#answer(exchange, identity.user, url.pathname);
    } catch (error) {
      if (!(error instanceof BadSelector)) throw error;
      this.#send(exchange, status.badRequest(error.message));
    }
  }

  /** Faults that answer instead of the server; true: done. */
  async #failByFault({ route, ...exchange }: Exchange): Promise<boolean> {
    const { faults } = this.#parts;
    const { subject, response, request } = exchange;
    const whole = { route, ...exchange };
    const refusal = faults.claim(["unauthorized", "forbid", "throttle", "fail"], subject);
    if (refusal?.verb === "unauthorized") this.#send(whole, status.unauthorized());
    if (refusal?.verb === "forbid") this.#send(whole, status.forbidden(subject.user, attributesOf(route)));
    if (refusal?.verb === "fail") this.#send(whole, status.serverFailure(refusal.code ?? 500));
    if (refusal?.verb === "throttle") {
      const { retryAfterSeconds = 1 } = refusal;
      if (retryAfterSeconds !== null) response.setHeader("Retry-After", String(retryAfterSeconds));
      // Priority and fairness refuses in plain text (k8s.io/apiserver/pkg/server/filters tooManyRequests), the storage with a Status.
      if (subject.request === "watch") this.#sendText(whole, 429, "Too many requests, please try again later.\n");
      else this.#send(whole, status.tooManyRequests(retryAfterSeconds ?? 1));
    }
    if (refusal) return true;
    const gone = faults.claim(["gone"], subject, (fault) => fault.as === "status" || subject.request !== "watch");
    if (gone) {
      this.#send(whole, status.expired(subject.request === "watch" ? "too old resource version: 1 (1000)" : status.EXPIRED_LIST));
      return true;
    }
    if (subject.request === "watch") return false;
    const broken = faults.claim(["cut", "stall"], subject, (fault) => !("midLine" in fault && fault.midLine));
    if (broken?.verb === "cut") this.#parts.reset(request.socket);
    return broken !== null;
  }

  #refuseAnonymous(exchange: Exchange, path: string): void {
    const { route, request } = exchange;
    const verb = (request.method ?? "GET").toLowerCase();
    const plain = route.kind === "discovery" || route.kind === "no-resource" || route.kind === "no-path";
    this.#send(
      exchange,
      plain ? status.forbiddenPath("system:anonymous", verb, path) : status.forbidden("system:anonymous", attributesOf(route)),
    );
  }

  async #answer(exchange: Exchange, user: FakeUser, path: string): Promise<void> {
    const { route, request, response } = exchange;
    if (route.kind === "discovery") return this.#send(exchange, discoveryBody(path.replace(/\/$/, ""), request.headers.host ?? ""));
    if (route.kind === "no-resource") return this.#send(exchange, status.noSuchResource());
    if (route.kind === "review") return this.#review(exchange, user);
    if (!("resource" in route)) return;
    if (request.method !== "GET" && route.kind !== "replace") return this.#send(exchange, status.methodNotAllowed());
    const attributes = attributesOf(route);
    if (!this.#parts.access.allows(user, attributes)) return this.#send(exchange, status.forbidden(user.name, attributes));
    if (route.kind === "replace") return this.#send(exchange, replaceLease(this.#parts.store, route, await bodyOf(request)));
    if (!("name" in route)) return route.kind === "watch" ? this.#watch(exchange, route) : this.#list(exchange, route);
    const object = this.#parts.store.get(route.resource, { name: route.name, namespace: route.namespace ?? undefined });
    if (!object) return this.#send(exchange, status.notFound(route.resource, route.name));
    if (route.kind === "get") return this.#send(exchange, object);
    const found = findLog(object, exchange.query);
    if (!("container" in found)) return this.#send(exchange, found);
    response.setHeader("Content-Type", "text/plain");
    this.#head(exchange, 200);
    const { store, logs } = this.#parts;
    writeLog({ store, logs, pod: object, container: found.container, query: exchange.query, response });
  }

  async #review(exchange: Exchange, user: FakeUser): Promise<void> {
    if (exchange.request.method !== "POST") return this.#send(exchange, status.methodNotAllowed());
    const { spec } = JSON.parse(await bodyOf(exchange.request)) as { spec: { resourceAttributes?: Partial<status.Attributes> } };
    const attributes = { verb: "", resource: "", group: "", ...spec.resourceAttributes };
    const allowed = this.#parts.access.allows(user, attributes);
    const reason = `RBAC: allowed by ClusterRoleBinding "${user.name}" of ClusterRole "${user.name}" to User "${user.name}"`;
    const head = { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: {} };
    this.#send(exchange, { ...head, spec, status: allowed ? { allowed, reason } : { allowed } }, 201);
  }

  async #list(exchange: Exchange, route: CollectionRoute): Promise<void> {
    const { response, subject, query } = exchange;
    const body = listPage(this.#parts.store, route.resource, route.namespace, query);
    const broken = "items" in body ? this.#parts.faults.claim(["cut", "drip", "garble"], subject) : null;
    if (!broken) return this.#send(exchange, body);
    const text = Buffer.from(JSON.stringify(body));
    this.#head(exchange, 200);
    if (broken.verb === "drip") await dripInto(response, text, broken.bytes ?? 256, broken.everyMs ?? 5);
    else response.write(text.subarray(0, text.length / 2));
    if (broken.verb !== "cut") return void response.end();
    setTimeout(() => this.#parts.reset(exchange.request.socket), 20);
  }

  #watch(exchange: Exchange, route: CollectionRoute): void {
    const { response, request, subject, query } = exchange;
    const { store, faults, sessions, watchList } = this.#parts;
    const initial = query.get("sendInitialEvents") === "true";
    if (initial && !watchList) return this.#send(exchange, status.watchListForbidden());
    const { resource, namespace } = route;
    const selector = readSelectors(query);
    const bookmarks = query.get("allowWatchBookmarks") === "true";
    const session = new WatchSession({
      response,
      subject,
      resource,
      namespace,
      selector,
      bookmarks,
      faults,
      reset: () => this.#parts.reset(request.socket),
    });
    this.#head(exchange, 200);
    response.flushHeaders();
    session.misbehave();
    const from = query.get("resourceVersion") ?? "";
    if (initial || from === "" || from === "0") {
      const objects = store.list(resource).filter((object) => namespace === null || object.metadata.namespace === namespace);
      for (const object of objects) session.sendExisting(object);
      if (initial) session.bookmark(store.revision, true);
    } else {
      try {
        for (const event of store.since(resource, Number(from))) session.deliver(event);
      } catch (error) {
        if (!(error instanceof TooOld)) throw error;
        // Once the request is accepted, the watch cache reports errors in the stream (k8s.io/apiserver cacher newErrorWatcher).
        session.sendError(status.expired(error.message));
        return session.end();
      }
    }
    sessions.add(session);
    const seconds = Number(query.get("timeoutSeconds") ?? 1_800);
    const timer = setTimeout(() => {
      session.bookmark(store.revision);
      session.end();
    }, seconds * 1_000);
    timer.unref();
    response.once("close", () => {
      clearTimeout(timer);
      sessions.delete(session);
    });
  }

  #head({ response, entry }: Exchange, code: number): void {
    entry.status = code;
    response.sendDate = false;
    response.setHeader("Audit-Id", randomUUID());
    response.setHeader("Cache-Control", "no-cache, private");
    if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "application/json");
    response.setHeader("Date", new Date(this.#parts.now()).toUTCString());
    response.writeHead(code);
  }

  #send(exchange: Exchange, body: object, code = 200): void {
    this.#head(exchange, "code" in body && typeof body.code === "number" ? body.code : code);
    exchange.response.end(`${JSON.stringify(body)}\n`);
  }

  #sendText(exchange: Exchange, code: number, text: string): void {
    exchange.response.setHeader("Content-Type", "text/plain; charset=utf-8");
    this.#head(exchange, code);
    exchange.response.end(text);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function attributesOf(route: Route): status.Attributes {
  if (route.kind === "review") return { verb: "create", resource: "selfsubjectaccessreviews", group: "authorization.k8s.io" };
  if (!("resource" in route)) return { verb: "get", resource: "", group: "" };
  const { group } = RESOURCES[route.resource];
  const namespace = route.namespace ?? undefined;
  const name = "name" in route ? route.name : undefined;
  const verbs = { log: "get", replace: "update", get: "get", list: "list", watch: "watch" };
  return {
    verb: verbs[route.kind],
    resource: route.resource,
    group,
    subresource: route.kind === "log" ? "log" : undefined,
    namespace,
    name,
  };
}

function subjectOf(route: Route, user: string): FaultSubject {
  if ("resource" in route) return { request: route.kind, resource: route.resource, namespace: route.namespace, user };
  return { request: route.kind === "review" ? "review" : "other", resource: null, namespace: null, user };
}

/** The common name of a client certificate that our CA signed. */
function commonName(request: IncomingMessage): string | null {
  const socket = request.socket as Partial<TLSSocket>;
  if (!socket.authorized || !socket.getPeerCertificate) return null;
  const name = socket.getPeerCertificate().subject?.CN;
  return (Array.isArray(name) ? name[0] : name) ?? null;
}

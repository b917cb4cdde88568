import { randomBytes } from "node:crypto";
import type { RbacRule } from "../../base/source-state.ts";
import type { Attributes } from "./status-body.ts";

export interface FakeUser {
  name: string;
  /** "all": cluster-admin. */
  rules: "all" | RbacRule[];
  token: string;
}

export type Identity = { kind: "user"; user: FakeUser } | { kind: "anonymous" } | { kind: "invalid" };

/** get, list and watch on what the product reads, in one namespace or (null) everywhere. */
export function readRules(namespace: string | null, resources = ["pods", "events", "nodes", "deployments", "replicasets"]): RbacRule[] {
  return resources.map((resource) => ({
    apiGroup: resource === "deployments" || resource === "replicasets" ? "apps" : "",
    resource,
    verbs: ["get", "list", "watch"],
    namespace,
  }));
}

/** Users, their tokens and their rights (RBAC: what no rule allows is forbidden). */
export class AccessControl {
  readonly #users = new Map<string, FakeUser>();

  set(name: string, rules: FakeUser["rules"]): FakeUser {
    const user = { name, rules, token: this.#users.get(name)?.token ?? newToken() };
    this.#users.set(name, user);
    return user;
  }

  get(name: string): FakeUser {
    const user = this.#users.get(name);
    if (!user) throw new Error(`The fake API server has no user "${name}"`);
    return user;
  }

  /** A new token; the old one is worthless from now on. */
  rotateToken(name: string): string {
    const user = this.get(name);
    user.token = newToken();
    return user.token;
  }

  /** By bearer token, else by the common name of a client certificate that our CA signed. */
  identify(authorization: string | undefined, commonName: string | null): Identity {
    if (authorization !== undefined) {
      const token = /^Bearer (.+)$/.exec(authorization)?.[1];
      const user = [...this.#users.values()].find((one) => one.token === token);
      return user ? { kind: "user", user } : { kind: "invalid" };
    }
    const user = commonName === null ? undefined : this.#users.get(commonName);
    if (user) return { kind: "user", user };
    return commonName === null ? { kind: "anonymous" } : { kind: "invalid" };
  }

  allows(user: FakeUser, { verb, group, resource, subresource, namespace }: Attributes): boolean {
    if (user.rules === "all") return true;
    const wanted = subresource ? `${resource}/${subresource}` : resource;
    return user.rules.some(
      (rule) =>
        rule.apiGroup === group &&
        rule.resource === wanted &&
        rule.verbs.includes(verb) &&
        (rule.namespace === null || rule.namespace === (namespace || null)),
    );
  }
}

function newToken(): string {
  return `fake-${randomBytes(18).toString("base64url")}`;
}

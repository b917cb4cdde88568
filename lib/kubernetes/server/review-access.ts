import "server-only";
import { fields } from "../read-field.ts";
import type { AccessAttributes, Answer, Review } from "../rights.ts";
import type { Api, Ask } from "./api-request.ts";

const PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Asks with a SelfSubjectAccessReview: a create that changes nothing. Rejects with ApiError where the server gave no answer. */
export function reviewWith(api: Api, askFor: (attributes: AccessAttributes) => Ask): Review {
  return async (attributes): Promise<Answer> => {
    const { group, resource, verb, namespace } = attributes;
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      // An empty namespace asks for all of them (authorization/v1 ResourceAttributes).
      spec: { resourceAttributes: { group, resource, verb, namespace: namespace ?? "" } },
    };
    const { allowed } = fields(fields(await api.review(PATH, body, askFor(attributes)))["status"]);
    return typeof allowed === "boolean" ? allowed : "unknown";
  };
}

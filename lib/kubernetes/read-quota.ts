import type { Fields } from "../base/is-fields.ts";
import { fields, items, list, name } from "./read-field.ts";
import { readQuantity } from "./read-quantity.ts";
import type { QuotaRecord } from "./schema.ts";

/** A core/v1 ResourceQuota, as the quota controller counted it last (`status`); nothing before it was counted, and of what cannot be read. */
export function readQuota(raw: Fields): QuotaRecord[] {
  const metadata = fields(raw["metadata"]);
  const spec = fields(raw["spec"]);
  const { hard, used } = fields(raw["status"]) as { hard?: unknown; used?: unknown };
  const quota = name(metadata["name"]);
  const namespace = name(metadata["namespace"]);
  if (quota === null || namespace === null) return [];
  const counted = Object.entries(fields(hard)).flatMap(([resource, written]) => {
    const most = readQuantity(written);
    const taken = readQuantity(fields(used)[resource]);
    return most === null || taken === null || name(resource) === null ? [] : [{ resource, hard: most, used: taken }];
  });
  // Which pods a scope takes in (deadline, QoS class, priority) is not known of pods that are not made yet.
  const scoped = list(spec["scopes"]).length > 0 || items(fields(spec["scopeSelector"])["matchExpressions"]).length > 0;
  return counted.length === 0 || scoped ? [] : [{ namespace, name: quota, counted }];
}

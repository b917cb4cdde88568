const DECIMAL = /^[1-9]\d*$/;

/**
 * Order of two resourceVersions of one resource type: negative, zero or positive; null when they cannot be compared. Decimal ones are
 * ordered by KEP-5504 (comparable resource version, Kubernetes 1.35; etcd revisions were before), others only equal or not.
 */
export function compareVersions(a: string, b: string): number | null {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return null;
  // Without leading zeros the longer one is the larger one; 64-bit numbers do not fit into a JavaScript number.
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

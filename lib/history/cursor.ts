/** The place of the last job of a page in the order of `/history`. */
export interface HistoryCursor {
  endedAt: number;
  uid: string;
}

export function writeCursor({ endedAt, uid }: HistoryCursor): string {
  return Buffer.from(`${endedAt} ${uid}`).toString("base64url");
}

/** null: not a cursor of ours. */
export function readCursor(cursor: string): HistoryCursor | null {
  const match = /^(\d{1,16}) ([!-~]+)$/.exec(Buffer.from(cursor, "base64url").toString());
  return match?.[1] === undefined || match[2] === undefined ? null : { endedAt: Number(match[1]), uid: match[2] };
}

export function isHistoryCursor(cursor: string): boolean {
  return readCursor(cursor) !== null;
}

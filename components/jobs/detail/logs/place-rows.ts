/** Height of a row in pixels, as in the style sheet: a header is a button, and a target is 24 pixels high (WCAG 2.2, 2.5.8). */
export const ROW_PX = 24;
/** Browsers give up on boxes higher than 17 (Firefox) to 33 million pixels: beyond this the scroll bar moves several rows a step. */
const MOST_PX = 12_000_000;
/** Rows drawn above and below what is in sight. */
const SLACK = 12;

/** Which rows to draw and where, for a box that is scrolled to `scrollTop` and shows `height` pixels. */
export interface Placed {
  totalPx: number;
  from: number;
  /** One past the last. */
  to: number;
  /** Where the first drawn row stands, in pixels from the top of the whole. */
  topPx: number;
}

/** Places rows; with more than fit into a box they are placed around what is in sight, so that both ends can be reached. */
export function placeRows(count: number, scrollTop: number, height: number): Placed {
  const realPx = count * ROW_PX;
  const totalPx = Math.min(realPx, MOST_PX);
  const reach = Math.max(1, totalPx - height);
  const top = Math.min(Math.max(0, scrollTop), reach);
  // The same share of both ways: 0 is the first row, 1 puts the last row at the bottom.
  const offsetPx = realPx <= MOST_PX ? top : (top / reach) * Math.max(0, realPx - height);
  const first = Math.floor(offsetPx / ROW_PX);
  const from = Math.max(0, first - SLACK);
  const to = Math.min(count, first + Math.ceil(height / ROW_PX) + 1 + SLACK);
  return { totalPx, from, to, topPx: top - offsetPx + from * ROW_PX };
}

/** Where to scroll so that this row stands in the middle. */
export function scrollTopFor(row: number, count: number, height: number): number {
  const realPx = count * ROW_PX;
  const wantedPx = Math.min(Math.max(0, row * ROW_PX - height / 2), Math.max(0, realPx - height));
  if (realPx <= MOST_PX) return wantedPx;
  return (wantedPx / Math.max(1, realPx - height)) * (MOST_PX - height);
}

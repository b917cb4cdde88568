/** No server's epoch: who holds the first page of a large fleet under it gets a whole snapshot as the first thing on the stream. */
export const PARTIAL_EPOCH = "first-page";

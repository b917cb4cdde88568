/** What undici and Node say when the other side has closed a connection: a close, a reset, a write into a closed one. */
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/**
 * Asks once more when a kept connection was closed by the other side before any byte of the answer came, as every proxy does: the server's idle
 * timeout and the next poll had crossed (RFC 9112 §9.3.1; the question must be one that may be asked twice). `ask` resolves with the head of the answer. A connection that
 * never carried an answer is not asked again where that is known.
 */
export async function askAgainIfClosed<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!wasKept(error)) throw error;
    return ask();
  }
}

function wasKept(error: unknown): boolean {
  const { code, socket } = error as { code?: unknown; socket?: { bytesRead?: unknown } | null };
  if (typeof code !== "string" || !CLOSED.has(code)) return false;
  // undici tells what came over the connection; a reset (Node's own error) does not.
  return code !== "UND_ERR_SOCKET" || typeof socket?.bytesRead !== "number" || socket.bytesRead > 0;
}

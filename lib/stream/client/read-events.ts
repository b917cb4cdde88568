/** The `data:` of each Server-Sent Event of a response body, in order. Ends with the body; throws what the body throws. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const parts: string[] = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      let text = decoder.decode(value, { stream: true });
      // An event ends with an empty line. A large one arrives in many chunks, so chunks are joined only at its end.
      if (text.startsWith("\n") && parts.at(-1)?.endsWith("\n")) text = `${parts.pop() ?? ""}${text}`;
      let end = text.indexOf("\n\n");
      while (end !== -1) {
        parts.push(text.slice(0, end));
        const data = dataOf(parts.join(""));
        parts.length = 0;
        if (data !== "") yield data;
        text = text.slice(end + 2);
        end = text.indexOf("\n\n");
      }
      if (text !== "") parts.push(text);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function dataOf(event: string): string {
  const lines = event.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(line.startsWith("data: ") ? 6 : 5)).join("\n");
}

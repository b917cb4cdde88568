import { CopyButton } from "./copy-button.tsx";

/** Text to copy as it stands. Lines that begin with `#` are comments. */
export function CodeBlock({ text, copyLabel }: { text: string; copyLabel: string }) {
  const lines = text.split("\n");
  return (
    <div className="codebox">
      <pre>
        {lines.map((line, index) => (
          // Lines have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className={/^\s*#/.test(line) ? "cm" : undefined}>
            {line}
            {index < lines.length - 1 ? "\n" : ""}
          </span>
        ))}
      </pre>
      <CopyButton text={text} label={copyLabel} />
    </div>
  );
}

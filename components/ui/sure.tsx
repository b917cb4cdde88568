/** How certain something is: three bars and the word, never a percentage. `label` is the word. */
export function Sure({ certainty, label }: { certainty: "confirmed" | "likely" | "possible"; label: string }) {
  return (
    <span className="sure" data-l={certainty}>
      <i aria-hidden="true">
        <b />
      </i>
      {label}
    </span>
  );
}

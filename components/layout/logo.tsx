/** The sign of Runnerscope: a list with one live dot. */
export function Logo() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true" focusable="false">
      <rect x={1} y={1} width={16} height={16} rx={4} fill="none" stroke="currentColor" strokeWidth={1.5} />
      <path d="M4.8 6h5.4M4.8 9h8.4M4.8 12h3.4" stroke="currentColor" strokeWidth={1.7} strokeLinecap="round" />
      <circle cx={12.6} cy={6} r={1.2} fill="var(--color-accent)" />
    </svg>
  );
}

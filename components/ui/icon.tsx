/** Outline icons on a 16 px grid, as one path each. */
const PATHS = {
  now: "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
  jobs: "M2 4h12M2 8h12M2 12h8",
  managers:
    "M3 2h10a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM3 9h10a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1zM4.7 4.5h.1M4.7 11.5h.1",
  nodes:
    "M3 2h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM10 2h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM3 9h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1zM10 9h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1z",
  sources:
    "M9.3 8a1.3 1.3 0 1 1-2.6 0 1.3 1.3 0 0 1 2.6 0M5.2 10.8a4 4 0 0 1 0-5.6M10.8 5.2a4 4 0 0 1 0 5.6M3 13A7 7 0 0 1 3 3M13 3a7 7 0 0 1 0 10",
  history: "M2.2 6.3A6 6 0 1 1 2 8.5M2 3v3.5h3.5M8 5v3.3l2.2 1.4",
  search: "M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0M10.5 10.5 14 14",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2v9.6L12.6 8z",
  filter: "M2 4h12M4.5 8h7M6.5 12h3",
  columns: "M3 2.5h10a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM6 2.5v11M10 2.5v11",
  group: "M2 3.5h12M5 7.5h9M5 10h9M2 13.5h12",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  copy: "M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM10.5 5.5v-3h-8v8h3",
  external: "M9.5 2.5h4v4M13.5 2.5 8 8M11.5 9v4.5h-9v-9H7",
  chevron: "m6 4 4 4-4 4",
  down: "m4 6 4 4 4-4",
  sun: "M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0M8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z",
  screen: "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
  language: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14c-2-2-2.6-4-2.6-6S6 4 8 2",
  help: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M6.3 6.3a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1M8 11.3v.1",
  close: "m4 4 8 8M12 4l-8 8",
  check: "m3 8.5 3.5 3.5L13 4.5",
  retry: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 2v3h-3",
  sort: "M8 13V3M4.5 6.5 8 3l3.5 3.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: the word or the label of the control says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="i" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

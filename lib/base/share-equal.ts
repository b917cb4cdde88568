/** Values of one generation. A fleet has some thousand different images, nodes, projects, reasons and seconds. */
const MOST = 16_384;
/** Times, names and where a fact stands; what is longer is said of one job. */
const MOST_REPEATED = 100;
/** Longer texts are messages: rarely the same twice. */
const LONGEST = 256;

/** Values by what they say. What was not asked for during a whole generation is forgotten, so that the pool stays small whatever passes through it. */
class Pool<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  share(key: string, value: T): T {
    const kept = this.#young.get(key) ?? this.#old.get(key) ?? value;
    if (this.#young.size >= MOST) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, kept);
    return kept;
  }
}

const texts = new Pool<string>();
const values = new Pool<object>();

/**
 * The same text as one object in memory, whoever read it. `JSON.parse` makes a new one for each pod that names the same image, node or second:
 * at 10,000 pods these were 70 MB (heap snapshot). For texts that repeat; a text of its own only passes through.
 */
export function shareText<T extends string | null>(text: T): T {
  return text === null || text.length > LONGEST ? text : (texts.share(text, text) as T);
}

/** The same for a small value that is never changed: mounts, ports, resources and volumes are those of thousands of other pods. */
export function shareValue<T extends object>(value: T): T {
  return values.share(JSON.stringify(value), value) as T;
}

/** The same for all short texts in a value that nobody else has changed or will change. */
export function shareTexts(value: object): void {
  const fields = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(fields)) {
    if (typeof field === "string") {
      if (field.length <= MOST_REPEATED && !Object.isFrozen(fields)) fields[key] = shareText(field);
    } else if (typeof field === "object" && field !== null) shareTexts(field);
  }
}

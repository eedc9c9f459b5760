/** @file Reserved words, and whether a stretch of source is one: asked of every identifier. */

/** A list from a line of words. */
export function words(line: string): readonly string[] {
  return line.split(" ");
}

/** A set of words tested against ranges of a text, mostly without cutting it. */
export class ReservedWords {
  readonly #words: ReadonlySet<string>;
  readonly #maxLength: number;
  /** [128] 1 for a code unit that begins a word. */
  readonly #firsts = new Uint8Array(128);

  constructor(list: readonly string[]) {
    this.#words = new Set(list);
    this.#maxLength = Math.max(0, ...list.map((word) => word.length));
    for (const word of list) this.#firsts[word.charCodeAt(0)] = 1;
  }

  hasRange(source: string, start: number, end: number): boolean {
    if (end - start > this.#maxLength || this.#firsts[source.charCodeAt(start)] !== 1) return false;
    return this.#words.has(source.slice(start, end));
  }
}

/** @file Is this stretch of source a reserved word? Asked of every identifier, so mostly answered without a slice. */

/** A set of words, tested against ranges of a text. */
export class ReservedWords {
  readonly #words: ReadonlySet<string>;
  readonly #maxLength: number;
  /** Code units that begin a word. */
  readonly #firsts: ReadonlySet<number>;

  constructor(words: readonly string[]) {
    this.#words = new Set(words);
    this.#maxLength = Math.max(0, ...words.map((word) => word.length));
    this.#firsts = new Set(words.map((word) => word.charCodeAt(0)));
  }

  hasRange(source: string, start: number, end: number): boolean {
    if (end - start > this.#maxLength || !this.#firsts.has(source.charCodeAt(start))) return false;
    return this.#words.has(source.slice(start, end));
  }
}

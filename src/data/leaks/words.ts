/** @file What an onlooker sees who knows no language: the words of a code and how often they occur. */

/** Code as words, none telling where it stood: ids into a vocabulary, ascending, with their counts. */
export interface Bag {
  readonly ids: Int32Array;
  readonly counts: Int32Array;
}

/** Longest run of words that makes a feature. */
export type WordOrder = 1 | 2;

/** Words seen so far, numbered in order of appearance. */
export class Vocabulary {
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.#ids.size;
  }

  /** The words in order of their numbers. */
  get words(): string[] {
    return [...this.#ids.keys()];
  }

  idOf(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    this.#ids.set(word, this.#ids.size);
    return this.#ids.size - 1;
  }
}

/** Words longer than this are cut: a key or a picture in base 64 is no word. */
const maxWordLength = 64;

/** Words and other characters, white space left out. */
function wordsOf(code: string): string[] {
  const words = code.match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  return words.map((word) => (word.length > maxWordLength ? word.slice(0, maxWordLength) : word));
}

const isName = (word: string): boolean => /^[\p{L}\p{N}_]/u.test(word);

/**
 * Count the words of a code; with `order` 2 also each two names that follow one another, whatever
 * signs stand between. The order of ids is fixed, so that sums over two bags with the same words agree
 * to the last bit.
 */
export function bagOf(code: string, vocabulary: Vocabulary, order: WordOrder = 1): Bag {
  const counts = new Map<number, number>();
  const add = (feature: string) => {
    const id = vocabulary.idOf(feature);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  let last = "";
  for (const word of wordsOf(code)) {
    add(word);
    if (order === 1 || !isName(word)) continue;
    add(`${last} ${word}`);
    last = word;
  }
  const ids = Int32Array.from(counts.keys()).sort();
  return { ids, counts: ids.map((id) => counts.get(id)!) };
}

/** @file The state of one drawing: random numbers, how large the program may get, and names not yet used. */
import type { Random } from "../../base/index.ts";
import { joinWords, plural } from "./naming.ts";
import { fragments, nouns, qualities } from "./words.ts";

/** How much a program may hold: 1 short, 2 usual, 3 long. */
export type Difficulty = 1 | 2 | 3;

/** One program being drawn; functions that take it use up its random numbers. */
export interface Draw {
  readonly random: Random;
  readonly difficulty: Difficulty;
  /** Names in use, so that no two things in a program share one. */
  readonly taken: Set<string>;
}

/** A fresh drawing. */
export const startDraw = (random: Random, difficulty: Difficulty): Draw => ({
  random,
  difficulty,
  taken: new Set(),
});

/** True with this probability. */
export const chance = (draw: Draw, probability: number): boolean =>
  draw.random.uniform() < probability;

/** A whole number from `low` to `high`, both possible. */
export const number = (draw: Draw, low: number, high: number): number =>
  low + draw.random.below(high - low + 1);

/** One of several ways, called with the drawing. */
export const oneOf = <T>(draw: Draw, ...ways: readonly (() => T)[]): T => draw.random.pick(ways)();

/** A name nobody uses yet: one of these, or one of these after a quality (`result`, `openResult`). */
export function nameAmong(draw: Draw, candidates: readonly string[]): string {
  for (let round = 0; ; round++) {
    const base = draw.random.pick(candidates);
    const name = round < 4 ? base : joinWords(draw.random.pick(qualities), base);
    if (!draw.taken.has(name) || round > 200) {
      draw.taken.add(name);
      return name;
    }
  }
}

/** A thing's name, with a quality before it half of the time. */
export function thing(draw: Draw): string {
  const noun = draw.random.pick(nouns);
  const name = chance(draw, 0.5) ? joinWords(draw.random.pick(qualities), noun) : noun;
  return nameAmong(draw, [name]);
}

/** A collection and one of its elements: `openOrders` and `openOrder` or `order`. */
export function collection(draw: Draw): { many: string; one: string } {
  const noun = draw.random.pick(nouns);
  const quality = draw.random.pick(qualities);
  const isLong = chance(draw, 0.5);
  const many = nameAmong(draw, [isLong ? joinWords(quality, plural(noun)) : plural(noun)]);
  const one = nameAmong(draw, [isLong && chance(draw, 0.4) ? joinWords(quality, noun) : noun]);
  return { many, one };
}

/** A short text for a literal. */
export const fragment = (draw: Draw): string => draw.random.pick(fragments);

/** A function's name: a verb and what it is about. */
export const functionName = (draw: Draw, verbs: readonly string[], about: string): string =>
  nameAmong(draw, [joinWords(draw.random.pick(verbs), about)]);

/** @file Which examples a few-shot prompt shows. */
import { ConfigError, Random } from "../base/index.ts";
import type { Shot } from "./question.ts";

/** Longer ones would leave no room for the question. */
const maxShotCharacters = 1500;

/**
 * Draw examples, as many of one class as of the other (the odd one vulnerable), in an order that does
 * not tell the class. Only of training data: what is scored must not be among them.
 * @param count examples; 0 is zero-shot
 * @throws ConfigError `prompt.shots` when there are too few that are short enough
 */
export function drawShots<T extends Shot>(pool: readonly T[], count: number, seed: number): T[] {
  const random = new Random(seed, "shots");
  const short = random.shuffle(pool.filter(({ code }) => code.length <= maxShotCharacters));
  const wanted = [Math.floor(count / 2), Math.ceil(count / 2)] as const;
  const drawn = ([0, 1] as const).map((label) =>
    short.filter((shot) => shot.label === label).slice(0, wanted[label]),
  );
  const shots = drawn.flat();
  if (shots.length === count) return random.shuffle(shots);
  throw new ConfigError("prompt.shots", "too few examples for a few-shot prompt", {
    expected: `${wanted[1]} vulnerable and ${wanted[0]} safe ones of at most ${maxShotCharacters} characters`,
    got: `${drawn[1]!.length} and ${drawn[0]!.length}`,
  });
}

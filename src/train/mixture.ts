/** @file Several sources mixed by balanced sampling: each step learns from one of them. */
import { Random } from "../base/index.ts";
import { planned, type TrainingSource } from "./source.ts";

/** One task of a mixture. */
export interface MixturePart {
  /** Of its selection and of its loss in the log. */
  readonly name: string;
  /** Training examples, which decide how often it is drawn. */
  readonly size: number;
  readonly source: TrainingSource;
}

/**
 * The probability of drawing each of several data sets: their shares to the power `exponent`, normalised.
 * Source: CodeT5 §3.3, equation 4, with exponent 0.7; Conneau and Lample 2019 §3.1.
 */
export function samplingProbabilities(sizes: readonly number[], exponent: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const powers = sizes.map((size) => (size / total) ** exponent);
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * Mix sources. An epoch has as many steps as the parts' own together; a part that is drawn more often
 * than it has steps begins again in another order. A pure function of epoch, step and which selections are
 * exhausted: those parts are left out of the draw, as in salesforce/CodeT5 run_multi_gen.py at 7de7f69.
 */
export function mixtureSource(
  parts: readonly MixturePart[],
  { exponent, seed }: { readonly exponent: number; readonly seed: number },
): TrainingSource {
  const numSteps = parts.reduce((sum, { source }) => sum + source.numSteps(0), 0);
  let plans: { readonly of: string; readonly plan: (epoch: number) => Pick[] } | undefined;
  const planFor = (exhausted: ReadonlySet<string>) => {
    const left = parts.filter(({ name }) => !exhausted.has(name));
    const chosen = left.length > 0 ? left : parts;
    const of = chosen.map(({ name }) => name).join("\n");
    if (plans?.of !== of) {
      plans = { of, plan: planned((epoch) => drawn(chosen, epoch, { exponent, seed, numSteps })) };
    }
    return plans.plan;
  };
  return {
    numSteps: () => numSteps,
    step: (epoch, index, exhausted) => {
      const { part, pass, at } = planFor(exhausted)(epoch)[index]!;
      return { ...part.source.step(pass, at, exhausted), objective: part.name };
    },
  };
}

/** A step of a part, of one of its own passes over its examples. */
interface Pick {
  readonly part: MixturePart;
  readonly pass: number;
  readonly at: number;
}

/** More passes of one part than any epoch holds, so that no two epochs share an order. */
const passesPerEpoch = 4096;

function drawn(
  parts: readonly MixturePart[],
  epoch: number,
  { exponent, seed, numSteps }: { exponent: number; seed: number; numSteps: number },
): Pick[] {
  const random = new Random(seed, "mixture", epoch);
  const probabilities = samplingProbabilities(
    parts.map(({ size }) => size),
    exponent,
  );
  const next = parts.map(() => ({ pass: epoch * passesPerEpoch, at: 0 }));
  return Array.from({ length: numSteps }, () => {
    const k = indexAt(probabilities, random.uniform());
    const part = parts[k]!;
    const { pass, at } = next[k]!;
    const isLast = at + 1 >= part.source.numSteps(pass);
    next[k] = isLast ? { pass: pass + 1, at: 0 } : { pass, at: at + 1 };
    return { part, pass, at };
  });
}

/** Which of the intervals that probabilities cut [0, 1) into holds a point. */
function indexAt(probabilities: readonly number[], point: number): number {
  let end = 0;
  const found = probabilities.findIndex((probability) => {
    end += probability;
    return point < end;
  });
  return found < 0 ? probabilities.length - 1 : found;
}

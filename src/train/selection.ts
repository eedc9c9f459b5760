/** @file Which model is the best so far, and when to stop waiting for a better one. */
import { z } from "zod";
import { type Direction, isBetter } from "../metrics/index.ts";

/** A figure of the validation report by which a best model is kept; multi-task training has one per task. */
export interface Selection {
  /** Names the model's folder: `best/<name>`; "" for `best/` itself. */
  readonly name: string;
  readonly metric: string;
  readonly direction: Direction;
  /** The figure that decides among equals, lower being better; default `loss`. */
  readonly lossMetric?: string;
  /** Validations to wait for a better model; default the run's. */
  readonly patience?: number;
}

/** How a selection stands, after some validations. */
export const standingSchema = z.object({
  best: z.object({ value: z.number(), loss: z.number(), step: z.number().int() }).nullable(),
  validationsSinceBest: z.number().int().nonnegative(),
  lowestLoss: z.number().nullable(),
  validationsSinceLowestLoss: z.number().int().nonnegative(),
});

export type Standing = z.output<typeof standingSchema>;

export const initialStanding: Standing = {
  best: null,
  validationsSinceBest: 0,
  lowestLoss: null,
  validationsSinceLowestLoss: 0,
};

/** Take one more validation into account; `best` is of this step when it is the best so far. */
export function judged(
  { best, lowestLoss, ...counts }: Standing,
  { metric, direction, lossMetric = "loss" }: Selection,
  report: Readonly<Record<string, number>>,
  step: number,
): Standing {
  const value = report[metric] ?? Number.NaN;
  const loss = report[lossMetric] ?? Number.NaN;
  // a young model may score 0 for long: among equals the lower loss wins
  const isTie = best !== null && value === best.value && loss < best.loss;
  const isBest = isTie || isBetter(direction, value, best?.value);
  const isLowest = lowestLoss === null || loss < lowestLoss;
  return {
    best: isBest ? { value, loss, step } : best,
    validationsSinceBest: isBest ? 0 : counts.validationsSinceBest + 1,
    lowestLoss: isLowest ? loss : lowestLoss,
    validationsSinceLowestLoss: isLowest ? 0 : counts.validationsSinceLowestLoss + 1,
  };
}

/**
 * Whether no better model is waited for any longer.
 * @param patienceCounts `score`: validations without a better score; `scoreAndLoss`: the fewer of those
 * and of those without a lower loss, as salesforce/CodeT5 run_gen.py at 7de7f69 stops
 */
export function isExhausted(
  { validationsSinceBest, validationsSinceLowestLoss }: Standing,
  patience: number,
  patienceCounts: "score" | "scoreAndLoss",
): boolean {
  const waited =
    patienceCounts === "score"
      ? validationsSinceBest
      : Math.min(validationsSinceBest, validationsSinceLowestLoss);
  return patience > 0 && waited >= patience;
}

/** @file Training that has left the finite numbers: told with its step, and never saved. */
import { isAllFinite, RuntimeFailure, type Tensor } from "../base/index.ts";

/** Where a run was when it diverged. */
interface Place {
  /** Updates made, the bad one included. */
  readonly step: number;
  /** Run folder. */
  readonly path: string;
}

/** The error of a run whose loss, gradients or weights are no longer finite. */
export function diverged({ step, path }: Place, got: string): RuntimeFailure {
  return new RuntimeFailure("train.diverged", `training diverged at step ${step}`, {
    expected: "finite loss, gradients and weights",
    got,
    where: path,
    help: "the last checkpoint is kept; lower the learning rate or raise the warm-up",
  });
}

/**
 * A finite gradient and a rate too high can still make weights infinite: such a model replaces none.
 * @throws RuntimeFailure `train.diverged`
 */
export function requireFiniteWeights(weights: ReadonlyMap<string, Tensor>, place: Place): void {
  for (const [name, { data }] of weights) {
    if (!isAllFinite(data)) throw diverged(place, `${name} is no longer finite`);
  }
}

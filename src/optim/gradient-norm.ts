/** @file Gradients before an update: accumulation, global norm, clipping, and whether they are finite. */
import type { GradientSource } from "./optimizer.ts";
import { type ParameterStore, regionAddress, regionOf } from "./parameter-store.ts";

/**
 * Add the gradients just fetched to the sum over the batches of one update.
 * @param isFirst true for the first batch of an update: the sum starts from 0
 * @param weight factor on these gradients, e.g. the batch's share of the update's tokens; default 1
 */
export function accumulateGradients(store: ParameterStore, isFirst: boolean, weight = 1): void {
  for (const bank of store.banks) {
    if (isFirst) regionOf(bank, "accumulated").fill(0);
    const sum = regionAddress(bank, "accumulated");
    bank.kernels.accumulate(sum, regionAddress(bank, "gradients"), 4 * bank.size, weight);
  }
}

/**
 * Euclidean norm over all gradients together, summed in float64 in a fixed order.
 * @returns NaN or Infinity when any gradient is
 */
export function globalNorm(store: ParameterStore, source: GradientSource = "gradients"): number {
  let sum = 0;
  for (const bank of store.banks) {
    sum += bank.kernels.sumOfSquares(regionAddress(bank, source), 4 * bank.size);
  }
  return Math.sqrt(sum);
}

/**
 * Factor that brings a norm down to `maxNorm`, at most 1; NaN for a norm that is NaN.
 * Source: PyTorch torch/nn/utils/clip_grad.py `clip_grad_norm_`.
 */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

/** Gradients measured before an update. */
export interface GradientMeasure {
  /** Norm of the averaged gradients, before clipping. */
  readonly norm: number;
  /** Factor for {@link Optimizer.step}: the averaging and the clipping. */
  readonly gradientScale: number;
  /** False when a gradient is NaN or infinite: do not step. */
  readonly isFinite: boolean;
}

/**
 * Norm, clipping factor and finiteness of the gradients of one update.
 * @param options.accumulation batches summed, whose mean is wanted; default 1
 * @param options.maxNorm norm to clip to; default: no clipping
 */
export function measureGradients(
  store: ParameterStore,
  options: {
    readonly source?: GradientSource;
    readonly accumulation?: number;
    readonly maxNorm?: number | undefined;
  } = {},
): GradientMeasure {
  const { source = "gradients", accumulation = 1, maxNorm } = options;
  const norm = globalNorm(store, source) / accumulation;
  const clip = maxNorm === undefined ? 1 : clipFactor(norm, maxNorm);
  return { norm, gradientScale: clip / accumulation, isFinite: Number.isFinite(norm) };
}

/**
 * @file AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
 * Arithmetic as in PyTorch 1.13 torch/optim/adamw.py `_single_tensor_adamw`, in float32.
 */
import type { Tensor } from "../base/index.ts";
import {
  checkAtLeastZero,
  mergeRuns,
  type Optimizer,
  type OptimizerUpdate,
  type ParameterGroup,
  type Run,
  resolveGroups,
  restoreState,
  stepTensor,
} from "./optimizer.ts";
import { addressOf, type ParameterStore, viewsOf } from "./parameter-store.ts";

/** Settings of AdamW; defaults are PyTorch's. */
export interface AdamWConfig {
  /** Decay of the gradient's running mean, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the squared gradient's running mean, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Added to the denominator; default 1e-8. */
  readonly eps?: number;
  /** Decay per unit of learning rate; default 0.01. */
  readonly weightDecay?: number;
  readonly groups?: readonly ParameterGroup[];
}

/** PyTorch's defaults. */
export const adamWDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 } as const;

/**
 * AdamW over a store; its moments are the regions `moment1` and `moment2`.
 * State tensors: `step`, and for every parameter `exp_avg.<name>` and `exp_avg_sq.<name>`.
 * @throws ConfigError `optim.value` or `optim.group`
 */
export function createAdamW(store: ParameterStore, config: AdamWConfig = {}): Optimizer {
  const resolved = { ...adamWDefaults, ...config };
  const { beta1, beta2, eps, weightDecay, groups } = resolved;
  checkAtLeastZero({ beta1, beta2, eps, roomAboveBeta1: 1 - beta1, roomAboveBeta2: 1 - beta2 });
  const runs = mergeRuns(store, resolveGroups(store, weightDecay, groups));
  const moments = momentTensors(store);
  let stepCount = 0;
  return {
    get stepCount() {
      return stepCount;
    },
    step(update) {
      stepCount++;
      for (const run of runs) updateRun(run, update, stepCount, resolved);
    },
    state: () => new Map([["step", stepTensor(stepCount)], ...moments]),
    loadState(saved) {
      stepCount = restoreState(moments, saved);
    },
  };
}

function momentTensors({ parameters }: ParameterStore): Map<string, Tensor> {
  const named = (prefix: string, region: "moment1" | "moment2"): [string, Tensor][] =>
    [...viewsOf(parameters, region)].map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
  return new Map([...named("exp_avg", "moment1"), ...named("exp_avg_sq", "moment2")]);
}

function updateRun(
  { first, size, weightDecay, learningRateScale }: Run,
  { learningRate, gradientScale = 1, source = "gradients" }: OptimizerUpdate,
  stepCount: number,
  { beta1, beta2, eps }: Required<Pick<AdamWConfig, "beta1" | "beta2" | "eps">>,
): void {
  const rate = learningRate * learningRateScale;
  const address = (region: Parameters<typeof addressOf>[1]) => addressOf(first, region);
  first.bank.kernels.adamw(
    [address("values"), address(source), address("moment1"), address("moment2")],
    4 * size,
    {
      scale: gradientScale,
      beta1,
      beta2,
      decay: 1 - rate * weightDecay,
      stepSize: rate / (1 - beta1 ** stepCount),
      rootCorrection2: Math.sqrt(1 - beta2 ** stepCount),
      eps,
    },
  );
}

/** @file What every optimizer offers, and its settings per group of parameters. */
import { ConfigError, DataError, type Tensor } from "../base/index.ts";
import { copyInto, type Parameter, type ParameterStore, type Region } from "./parameter-store.ts";

/** One update of all parameters. */
export interface OptimizerUpdate {
  /** Step size after the schedule; ignored by Adafactor with `relativeStep`. */
  readonly learningRate: number;
  /** Factor on the gradients: 1 / accumulation times the clipping factor; default 1. */
  readonly gradientScale?: number;
  /** Where the gradients lie; default `gradients`. */
  readonly source?: GradientSource;
}

/** Gradients of one batch as fetched, or summed over several batches. */
export type GradientSource = Extract<Region, "gradients" | "accumulated">;

/** Updates a {@link ParameterStore} in place; its state resumes bit for bit. */
export interface Optimizer {
  /** Updates made so far. */
  readonly stepCount: number;
  step(update: OptimizerUpdate): void;
  /** State tensors by name, sharing memory with the optimizer: write them out before the next step. */
  state(): Map<string, Tensor>;
  /**
   * Copy a saved state in.
   * @throws DataError when a tensor is missing or the step count is no whole number; ShapeError
   */
  loadState(state: ReadonlyMap<string, Tensor>): void;
}

/** Settings for the parameters whose name matches; the first matching group counts. */
export interface ParameterGroup {
  /** Regular expression, searched in the state-dict name, e.g. `layer_norm|bias`. */
  readonly pattern: string | RegExp;
  readonly weightDecay?: number;
  /** Factor on the learning rate; default 1. */
  readonly learningRateScale?: number;
}

/** What a parameter's group resolves to. */
export interface GroupSettings {
  readonly weightDecay: number;
  readonly learningRateScale: number;
}

/**
 * Settings of every parameter, by name.
 * @throws ConfigError `optim.group` for a bad pattern or number
 */
export function resolveGroups(
  store: ParameterStore,
  weightDecay: number,
  groups: readonly ParameterGroup[] = [],
): Map<string, GroupSettings> {
  const fallback = { weightDecay, learningRateScale: 1 };
  const compiled = groups.map((group) => ({ ...fallback, ...group, pattern: compile(group) }));
  for (const group of [fallback, ...compiled]) checkSettings(group);
  return new Map(
    store.parameters.map(({ name }) => {
      return [name, compiled.find(({ pattern }) => pattern.test(name)) ?? fallback];
    }),
  );
}

function compile({ pattern }: ParameterGroup): RegExp {
  try {
    // a sticky or global expression would remember where it stopped
    return typeof pattern === "string" ? new RegExp(pattern) : new RegExp(pattern.source);
  } catch (cause) {
    const details = { expected: "a regular expression", got: String(pattern) };
    throw new ConfigError("optim.group", "bad parameter group pattern", details, cause);
  }
}

function checkSettings({ weightDecay, learningRateScale }: GroupSettings): void {
  checkAtLeastZero({ weightDecay, learningRateScale });
}

/** @throws ConfigError `optim.value` naming the first that is negative or not finite */
export function checkAtLeastZero(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && value >= 0)) {
      const details = { expected: "a number, 0 or more", got: String(value), where: name };
      throw new ConfigError("optim.value", `bad optimizer setting ${name}`, details);
    }
  }
}

/** Neighbouring parameters that are updated alike, in one go. */
export interface Run extends GroupSettings {
  readonly first: Parameter;
  /** Elements, padding included. */
  size: number;
}

/** Merge neighbours of one bank that have the same settings. */
export function mergeRuns(
  store: ParameterStore,
  settings: ReadonlyMap<string, GroupSettings>,
): Run[] {
  const runs: Run[] = [];
  for (const parameter of store.parameters) {
    const group = settings.get(parameter.name)!;
    const last = runs.at(-1);
    const joins =
      last?.first.bank === parameter.bank &&
      last.weightDecay === group.weightDecay &&
      last.learningRateScale === group.learningRateScale;
    if (joins) last.size += parameter.paddedSize;
    else runs.push({ ...group, first: parameter, size: parameter.paddedSize });
  }
  return runs;
}

/** The step count as a state tensor, `step`: float32 as in PyTorch, exact up to 2^24. */
export function stepTensor(stepCount: number): Tensor {
  return { shape: [], data: Float32Array.of(stepCount) };
}

/**
 * Copy saved tensors into an optimizer's own and return the step count.
 * @throws DataError `optim.missing` or `optim.step`; ShapeError `optim.shape`
 */
export function restoreState(
  target: ReadonlyMap<string, Tensor>,
  saved: ReadonlyMap<string, Tensor>,
): number {
  const step = stepTensor(0);
  copyInto(new Map([["step", step]]), saved, "optimizer state");
  const count = step.data[0]!;
  if (!(Number.isSafeInteger(count) && count >= 0)) {
    const details = { expected: "a whole number of steps", got: String(count), where: "step" };
    throw new DataError("optim.step", "optimizer state has a bad step count", details);
  }
  copyInto(target, saved, "optimizer state");
  return count;
}

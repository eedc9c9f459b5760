/**
 * @file Adafactor (Shazeer and Stern 2018): second moments of matrices kept as row and column means.
 * Formulas and defaults as in Hugging Face's `Adafactor` (transformers/optimization.py, 4.36), with which T5 is tuned:
 * update clipping, scaling by the parameter's size, no momentum unless asked for.
 */
import { ConfigError, type Tensor } from "../base/index.ts";
import { addScaled, plainRows, type RowLoops, scaleRow, vectorRows } from "./adafactor-rows.ts";
import {
  checkAtLeastZero,
  type GroupSettings,
  type Optimizer,
  type OptimizerUpdate,
  type ParameterGroup,
  resolveGroups,
  restoreState,
  stepTensor,
} from "./optimizer.ts";
import { addressOf, type Parameter, type ParameterStore, viewsOf } from "./parameter-store.ts";

/** Settings of Adafactor. */
export interface AdafactorConfig {
  /** The rate is min(0.01, 1/sqrt(step)) and the given one is ignored; default true. */
  readonly relativeStep?: boolean;
  /** With `relativeStep`: the rate rises by 1e-6 a step instead of starting at 0.01; default false. */
  readonly warmupInit?: boolean;
  /** Multiply the rate by the parameter's root mean square; default true. */
  readonly scaleParameter?: boolean;
  /** Root mean square of an update above which it is scaled down; default 1. */
  readonly clipThreshold?: number;
  /** The second moment's decay is 1 - step^decayRate; default -0.8. */
  readonly decayRate?: number;
  /** Added to squared gradients; default 1e-30. */
  readonly epsSquare?: number;
  /** Least root mean square taken for a parameter; default 1e-3. */
  readonly epsScale?: number;
  /** Momentum in [0, 1); default none. */
  readonly beta1?: number;
  /** Decay per unit of rate; default 0. */
  readonly weightDecay?: number;
  readonly groups?: readonly ParameterGroup[];
}

/** Hugging Face's defaults. */
export const adafactorDefaults = {
  relativeStep: true,
  warmupInit: false,
  scaleParameter: true,
  clipThreshold: 1,
  decayRate: -0.8,
  epsSquare: 1e-30,
  epsScale: 1e-3,
  weightDecay: 0,
} as const;

type Settings = Omit<AdafactorConfig, "groups"> &
  Required<Omit<AdafactorConfig, "groups" | "beta1">>;

/** A parameter with its state; matrices have `row` and `column`, the rest `square`. */
interface Slot {
  readonly parameter: Parameter;
  readonly group: GroupSettings;
  readonly value: Float32Array;
  /** Matrices stacked in the parameter, their rows and columns; a vector is one row. */
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
  readonly row?: Float32Array;
  readonly column?: Float32Array;
  readonly square?: Float32Array;
  readonly momentum?: Float32Array;
}

/**
 * Adafactor over a store. State tensors: `step`, and for every parameter `exp_avg_sq_row.<name>` and
 * `exp_avg_sq_col.<name>` (rank 2 and more) or `exp_avg_sq.<name>`, with momentum also `exp_avg.<name>`.
 * @throws ConfigError `optim.value` or `optim.group`
 */
export function createAdafactor(store: ParameterStore, config: AdafactorConfig = {}): Optimizer {
  const { groups, ...settings } = { ...adafactorDefaults, ...config };
  checkSettings(settings);
  const resolved = resolveGroups(store, settings.weightDecay, groups);
  const tensors = stateTensors(store, settings);
  const slots = store.parameters.map((parameter) =>
    createSlot(store, parameter, resolved.get(parameter.name)!, tensors),
  );
  const loops = {
    gradients: rowLoops(slots, "gradients"),
    accumulated: rowLoops(slots, "accumulated"),
  };
  let stepCount = 0;
  return {
    get stepCount() {
      return stepCount;
    },
    step(update) {
      stepCount++;
      const rows = loops[update.source ?? "gradients"];
      for (const [index, slot] of slots.entries()) {
        updateSlot(slot, rows[index]!, update, stepCount, settings);
      }
    },
    state: () => new Map([["step", stepTensor(stepCount)], ...tensors]),
    loadState(saved) {
      stepCount = restoreState(tensors, saved);
    },
  };
}

function checkSettings(settings: Settings): void {
  const { clipThreshold, decayRate, epsSquare, epsScale, beta1 = 0, weightDecay } = settings;
  const fallingRate = -decayRate;
  checkAtLeastZero({ clipThreshold, epsSquare, epsScale, weightDecay, fallingRate });
  checkAtLeastZero({ beta1, roomAboveBeta1: 1 - beta1 });
  if (clipThreshold === 0) {
    throw new ConfigError("optim.value", "clipThreshold must be above 0", { got: "0" });
  }
  if (settings.warmupInit && !settings.relativeStep) {
    const help = "set relativeStep, or give a schedule with a warm-up";
    throw new ConfigError("optim.value", "warmupInit works only with relativeStep", { help });
  }
}

function stateTensors(store: ParameterStore, { beta1 }: Settings): Map<string, Tensor> {
  const squares = viewsOf(store.parameters, "moment2");
  const momenta = viewsOf(store.parameters, "moment1");
  const state = new Map<string, Tensor>();
  for (const { name, shape } of store.parameters) {
    if (shape.length >= 2) {
      const leading = shape.slice(0, -2);
      state.set(`exp_avg_sq_row.${name}`, zeros([...leading, shape.at(-2)!]));
      state.set(`exp_avg_sq_col.${name}`, zeros([...leading, shape.at(-1)!]));
    } else {
      state.set(`exp_avg_sq.${name}`, squares.get(name)!);
    }
    if (beta1 !== undefined) state.set(`exp_avg.${name}`, momenta.get(name)!);
  }
  return state;
}

function zeros(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(shape.reduce((size, dim) => size * dim, 1)) };
}

function createSlot(
  store: ParameterStore,
  parameter: Parameter,
  group: GroupSettings,
  tensors: ReadonlyMap<string, Tensor>,
): Slot {
  const { name, shape, size } = parameter;
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const state = {
    row: tensors.get(`exp_avg_sq_row.${name}`)?.data,
    column: tensors.get(`exp_avg_sq_col.${name}`)?.data,
    square: tensors.get(`exp_avg_sq.${name}`)?.data,
    momentum: tensors.get(`exp_avg.${name}`)?.data,
  };
  const present = Object.entries(state).filter(([, data]) => data !== undefined);
  const value = store.values.get(name)!.data;
  const matrices = size / (rows * columns);
  return { parameter, group, value, matrices, rows, columns, ...Object.fromEntries(present) };
}

/** The loops over each parameter's rows; matrices of whole vectors are done in WebAssembly. */
function rowLoops(slots: readonly Slot[], source: "gradients" | "accumulated"): RowLoops[] {
  const parameters = slots.map(({ parameter }) => parameter);
  const gradients = viewsOf(parameters, source);
  return slots.map(({ parameter, value, rows, columns, momentum }) => {
    const isVectors = columns % 4 === 0 && rows > 1 && momentum === undefined;
    if (isVectors) return vectorRows(parameter, columns, source);
    return plainRows(momentum ?? value, gradients.get(parameter.name)!.data, columns);
  });
}

function updateSlot(
  slot: Slot,
  loops: RowLoops,
  { learningRate, gradientScale = 1 }: OptimizerUpdate,
  step: number,
  settings: Settings,
): void {
  const decay = 1 - step ** settings.decayRate;
  const { group, parameter } = slot;
  const base = settings.relativeStep ? relativeRate(step, settings.warmupInit) : learningRate;
  const size = settings.scaleParameter ? Math.max(settings.epsScale, rootMeanSquare(parameter)) : 1;
  const rate = base * size * group.learningRateScale;
  const change = slot.square
    ? vectorChange(slot, loops, gradientScale, decay, settings)
    : matrixChange(slot, loops, gradientScale, decay, settings);
  applyChange(slot, loops, change, rate, settings);
}

function rootMeanSquare(parameter: Parameter): number {
  const { bank, paddedSize, size } = parameter;
  const sum = bank.kernels.sumOfSquares(addressOf(parameter, "values"), 4 * paddedSize);
  return Math.sqrt(sum / size);
}

/** Hugging Face `_get_lr` with `relative_step`. */
function relativeRate(step: number, warmupInit: boolean): number {
  return Math.min(warmupInit ? 1e-6 * step : 1e-2, 1 / Math.sqrt(step));
}

/** The update of each value is gradient x row factor x column factor, before rate and momentum. */
interface Change {
  /** One factor per row of every matrix, clipping and gradient scale included. */
  readonly row: Float64Array;
  /** One factor per column of every matrix. */
  readonly column: Float64Array;
}

function vectorChange(
  { square, columns }: Slot,
  loops: RowLoops,
  scale: number,
  decay: number,
  { epsSquare, clipThreshold }: Settings,
): Change {
  const column = new Float64Array(columns);
  loops.addSquares(0, 1, scale, epsSquare, column);
  addScaled(square!, 0, column, decay, 1 - decay);
  for (let j = 0; j < columns; j++) column[j] = 1 / Math.sqrt(square![j]!);
  loops.useFactors(column);
  const sum = loops.scaledSumOfSquares(0) * scale * scale;
  const clip = Math.max(1, Math.sqrt(sum / columns) / clipThreshold);
  return { row: Float64Array.of(scale / clip), column };
}

function matrixChange(
  slot: Slot,
  loops: RowLoops,
  scale: number,
  decay: number,
  { epsSquare, clipThreshold }: Settings,
): Change {
  const { matrices, rows, columns } = slot;
  const change = {
    row: new Float64Array(matrices * rows),
    column: new Float64Array(matrices * columns),
  };
  let sum = 0;
  for (let matrix = 0; matrix < matrices; matrix++) {
    foldSquares(slot, matrix, loops, scale, decay, epsSquare);
    factorsOf(slot, matrix, change);
    loops.useFactors(change.column.subarray(matrix * columns, (matrix + 1) * columns));
    for (let at = matrix * rows; at < (matrix + 1) * rows; at++) {
      sum += loops.scaledSumOfSquares(at) * change.row[at]! ** 2;
    }
  }
  const update = Math.sqrt((sum * scale * scale) / (matrices * rows * columns));
  const clip = Math.max(1, update / clipThreshold);
  scaleRow(change.row, scale / clip);
  return change;
}

/** Fold one matrix's squared gradients into its running row and column means. */
function foldSquares(
  { row, column, rows, columns }: Slot,
  matrix: number,
  loops: RowLoops,
  scale: number,
  decay: number,
  eps: number,
): void {
  const columnMeans = new Float64Array(columns);
  const rowMeans = loops.addSquares(matrix * rows, rows, scale, eps, columnMeans);
  scaleRow(rowMeans, 1 / columns);
  scaleRow(columnMeans, 1 / rows);
  addScaled(row!, matrix * rows, rowMeans, decay, 1 - decay);
  addScaled(column!, matrix * columns, columnMeans, decay, 1 - decay);
}

/** Hugging Face `_approx_sq_grad`: 1/sqrt(row / mean(row)) and 1/sqrt(column). */
function factorsOf({ row, column, rows, columns }: Slot, matrix: number, change: Change): void {
  let mean = 0;
  for (let i = 0; i < rows; i++) mean += row![matrix * rows + i]! / rows;
  for (let i = matrix * rows; i < (matrix + 1) * rows; i++) {
    change.row[i] = 1 / Math.sqrt(row![i]! / mean);
  }
  for (let j = matrix * columns; j < (matrix + 1) * columns; j++) {
    change.column[j] = 1 / Math.sqrt(column![j]!);
  }
}

function applyChange(
  { group, value, matrices, rows, columns, momentum }: Slot,
  loops: RowLoops,
  { row, column }: Change,
  rate: number,
  { beta1 }: Settings,
): void {
  const keep = 1 - group.weightDecay * rate;
  const [kept, weight] = momentum === undefined ? [keep, -rate] : [beta1!, (1 - beta1!) * rate];
  for (let matrix = 0; matrix < matrices; matrix++) {
    loops.useFactors(column.subarray(matrix * columns, (matrix + 1) * columns));
    for (let at = matrix * rows; at < (matrix + 1) * rows; at++) {
      loops.apply(at, kept, weight * row[at]!);
    }
  }
  if (momentum === undefined) return;
  for (let i = 0; i < value.length; i++) value[i] = value[i]! * keep - momentum[i]!;
}

/**
 * @file CODET5_CHECK=1 and CODET5_DEBUG=5: sessions that compute every tensor as an output, so that each
 * can be shown, and the first that is not finite named with the line that built it.
 */
import {
  debug,
  debugLevel,
  type ErrorDetails,
  flag,
  isAllFinite,
  type NdArray,
  RuntimeFailure,
} from "../base/index.ts";
import { formatSignature, type Node, sizeOfDim } from "../graph/index.ts";
import type { OnnxModel, ValueInfo } from "../onnx/index.ts";

/** Whether sessions compiled now are to be inspected: they take more memory, and longer. */
export function isInspecting(): boolean {
  return isChecking() || debugLevel() >= 5;
}

const isChecking = () => flag("CODET5_CHECK") === "1";

/** The model with the tensors between its nodes among its outputs. */
export function exposeTensors(model: OnnxModel): OnnxModel {
  const { outputs, values = [] } = model;
  return { ...model, outputs: [...outputs, ...values], values: [] };
}

/** What a run computed, and how it came about. */
interface InspectedRun {
  /** With every tensor exposed. */
  readonly model: OnnxModel;
  readonly nodeNamed: ReadonlyMap<string, Node>;
  readonly feeds: Readonly<Record<string, NdArray>>;
  /** Every output of the model, by name. */
  readonly results: Readonly<Record<string, NdArray>>;
  /** Sizes of named dimensions in this run. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Show every tensor at debug level 5; under CODET5_CHECK=1 compare shapes with those inferred and look
 * for what is not finite, inputs first, then nodes in order.
 * @throws RuntimeFailure `check.finite` or `check.shape`, naming the node and the line that built it
 */
export function inspectRun(run: InspectedRun): void {
  const { model, feeds, results } = run;
  for (const { name, dtype } of model.inputs) {
    const tensor = feeds[name]!;
    debug(5, () => `${model.graphName}: input ${name} ${describe(dtype, tensor)}`);
    if (isChecking()) requireFinite(run, name, tensor, () => ({ where: `input ${name}` }));
  }
  const infos = new Map(model.outputs.map((info) => [info.name, info]));
  for (const node of model.nodes) {
    for (const name of node.outputs) {
      const [info, tensor] = [infos.get(name), results[name]];
      if (info === undefined || tensor === undefined) continue;
      debug(5, () => `${model.graphName}: ${name} ${describe(info.dtype, tensor)}`);
      if (!isChecking()) continue;
      const where = siteOf(run, node.name);
      requireShape(run, info, tensor, where);
      requireFinite(run, name, tensor, () => {
        const inputs = node.inputs.map((input) => describeInput(run, input));
        return { where, help: `inputs: ${inputs.join(", ")}` };
      });
    }
  }
}

function siteOf({ nodeNamed }: InspectedRun, name: string): string {
  const node = nodeNamed.get(name);
  return node === undefined ? name : `${name}, built at ${node.site()}`;
}

function describeInput({ model, feeds, results }: InspectedRun, name: string): string {
  const tensor = feeds[name] ?? results[name];
  if (tensor === undefined) return name === "" ? "-" : `${name} (constant)`;
  const info = [...model.inputs, ...model.outputs].find((candidate) => candidate.name === name);
  return `${name} ${describe(info?.dtype ?? "", tensor)}`;
}

/** `float32[2, 8] min -1.5 max 3 mean 0.25`. */
function describe(dtype: string, { data, shape }: NdArray): string {
  const head = `${dtype}[${shape.join(", ")}]`;
  if (data.length === 0) return `${head} empty`;
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    // a comparison with NaN is false, so that NaN would go unseen
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
    sum += value;
  }
  const figures = { min, max, mean: sum / data.length };
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${short(value)}`);
  return `${head} ${texts.join(" ")}`;
}

const short = (value: number) => String(Number(value.toPrecision(5)));

function requireFinite(
  { model }: InspectedRun,
  name: string,
  { data, shape }: NdArray,
  details: () => ErrorDetails,
): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array) || isAllFinite(data)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const message = `graph ${model.graphName}: ${name} is not finite`;
  const got = `${data[at]} at [${positionOf(at, shape).join(", ")}]`;
  throw new RuntimeFailure("check.finite", message, {
    expected: "finite numbers",
    got,
    ...details(),
  });
}

/** Indices along each axis of an element of a row-major tensor. */
function positionOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = (rest - at) / size;
      return at;
    })
    .toReversed();
}

function requireShape(
  { model, sizes }: InspectedRun,
  info: ValueInfo,
  { shape }: NdArray,
  where: string,
): void {
  const fits = info.shape.map(
    (dim, axis) => (sizeOfDim(dim, sizes) ?? shape[axis]) === shape[axis],
  );
  if (info.shape.length === shape.length && fits.every(Boolean)) return;
  const message = `graph ${model.graphName}: ${info.name} has another shape than was inferred`;
  throw new RuntimeFailure("check.shape", `internal: ${message}`, {
    expected: formatSignature(info),
    got: `[${shape.join(", ")}]`,
    where,
  });
}

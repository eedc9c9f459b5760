/** @file Numerical gradient check: analytic gradients against central differences, in ONNX Runtime. */
import { type NdArray, Random, sizeOf } from "../base/index.ts";
import {
  buildGraph,
  constant,
  input,
  mul,
  numericArray,
  reduceSum,
  type Value,
} from "../graph/index.ts";
import { compile, type Session } from "../runtime/index.ts";
import { backward } from "./backward.ts";

export interface GradcheckOptions {
  /** float64 where ONNX Runtime has the kernels; float32 needs wide steps and tolerances. */
  readonly dtype?: "float32" | "float64";
  /** Half the distance of the central difference. Default 1e-5 (float64), 1e-2 (float32). */
  readonly epsilon?: number;
  readonly seed?: number;
  /** Inputs by shape, or with their values when the function needs a certain range. */
  readonly inputs: readonly (readonly number[] | NdArray)[];
}

/** Where analytic and numeric gradient disagree most; the caller decides how much is too much. */
export interface GradcheckResult {
  /**
   * max |analytic - numeric| / (1 + |numeric|) over every element of every input; Infinity where
   * either is NaN. A right gradient gives below 1e-6 in float64, below 1e-2 in float32.
   */
  readonly worst: number;
  /** The element it was found at: which input, and its row-major index. -1 when all agree exactly. */
  readonly input: number;
  readonly index: number;
  /** Both gradients there. */
  readonly analytic: number;
  readonly numeric: number;
}

/**
 * Compare `backward` with central differences of Σ w · f(x), w a random projection, at random x.
 * Differences mean nothing at a kink: give values away from it for `relu` and its like.
 * @param build builds f(x) from its inputs (any shape, floating point)
 * @example
 * const result = await gradcheck((x, w) => tanh(matMul(x, w)), { inputs: [[2, 3], [3, 4]] });
 * if (result.worst > 1e-6) throw new Error(`input ${result.input}[${result.index}] is wrong`);
 */
export async function gradcheck(
  build: (...inputs: Value[]) => Value,
  options: GradcheckOptions,
): Promise<GradcheckResult> {
  const { dtype = "float64", seed = 1 } = options;
  const epsilon = options.epsilon ?? (dtype === "float64" ? 1e-5 : 1e-2);
  const random = new Random(seed);
  const arrays = options.inputs.map((spec) => makeInput(spec, dtype, random));
  const inputs = arrays.map(({ shape }, i) => input(`x${i}`, dtype, shape));
  const loss = projected(build(...inputs), dtype, random);
  const gradients = backward(loss, inputs);
  const outputs = Object.fromEntries(gradients.map((value, i) => [`dx${i}`, value]));
  const graph = buildGraph({ name: "gradcheck", inputs, outputs: { loss, ...outputs } });
  const session = await compile(graph, { optimization: "basic" });
  try {
    return await worstDisagreement(session, arrays, epsilon);
  } finally {
    await session.release();
  }
}

function makeInput(
  spec: readonly number[] | NdArray,
  dtype: "float32" | "float64",
  random: Random,
) {
  const shape = "data" in spec ? spec.shape : spec;
  const values =
    "data" in spec
      ? Array.from(spec.data, Number)
      : Array.from({ length: sizeOf(shape) }, () => random.normal());
  return { shape, data: numericArray(dtype, values) as Float32Array | Float64Array };
}

function projected(y: Value, dtype: "float32" | "float64", random: Random): Value {
  const shape = y.shape as readonly number[];
  const weights = Array.from({ length: sizeOf(shape) }, () => random.normal());
  return reduceSum(mul(y, constant(numericArray(dtype, weights), shape)));
}

async function worstDisagreement(
  session: Session,
  arrays: readonly { shape: readonly number[]; data: Float32Array | Float64Array }[],
  epsilon: number,
): Promise<GradcheckResult> {
  const feeds = Object.fromEntries(arrays.map((array, i) => [`x${i}`, array]));
  const analytic = await session.run(feeds);
  const lossAt = async () => Number((await session.run(feeds, { loss: null })).loss!.data[0]);
  let result: GradcheckResult = { worst: 0, input: -1, index: -1, analytic: 0, numeric: 0 };
  for (const [i, { data }] of arrays.entries()) {
    for (let j = 0; j < data.length; j++) {
      const numeric = await centralDifference(data, j, epsilon, lossAt);
      const value = Number(analytic[`dx${i}`]!.data[j]);
      const gap = Math.abs(value - numeric) / (1 + Math.abs(numeric));
      const worst = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
      if (worst > result.worst) result = { worst, input: i, index: j, analytic: value, numeric };
    }
  }
  return result;
}

async function centralDifference(
  data: Float32Array | Float64Array,
  index: number,
  epsilon: number,
  lossAt: () => Promise<number>,
): Promise<number> {
  const original = data[index]!;
  data[index] = original + epsilon;
  const above = await lossAt();
  data[index] = original - epsilon;
  const below = await lossAt();
  data[index] = original;
  return (above - below) / (2 * epsilon);
}

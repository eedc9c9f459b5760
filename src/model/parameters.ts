/** @file Parameters as data: name, shape and initial distribution, in state-dict order. */
import { Random, sizeOf } from "../base/index.ts";
import { input, type Value } from "../graph/index.ts";

/** Distribution a parameter is drawn from when training starts from scratch. */
export type Initializer =
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "constant"; readonly value: number };

export interface ParameterSpec {
  /** Hugging Face state-dict name, to the letter. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** Graph inputs for a list of parameters, by name. */
export function parameterInputs(specs: readonly ParameterSpec[]): Map<string, Value> {
  return new Map(specs.map(({ name, shape }) => [name, input(name, "float32", shape)]));
}

/** Number of scalars in all. */
export function countParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/**
 * Draw a parameter. The stream depends on the seed and the name alone, so neither the order of
 * parameters nor an added head changes the others.
 */
export function initializeParameter(spec: ParameterSpec, seed: number, into: Float32Array): void {
  const random = new Random(seed, "parameter", spec.name);
  const { initializer } = spec;
  if (initializer.kind === "constant") {
    into.fill(initializer.value);
    return;
  }
  for (let i = 0; i < into.length; i++) {
    into[i] =
      initializer.kind === "normal"
        ? initializer.std * random.normal()
        : initializer.bound * (2 * random.uniform() - 1);
  }
}

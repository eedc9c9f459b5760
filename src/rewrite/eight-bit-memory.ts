/**
 * @file What every step of a decoder attends to, in 8 bits: keys and values that one graph computes once and
 * another reads at each token. A pass over both graphs: outputs are rounded where they are made, products
 * with them become products of integers. A quarter of the memory is read at each token.
 * B examples, H heads, Q queries, S memory length, K per head.
 */
import type { NodeProto, OnnxModel, TensorProto, ValueInfo } from "../onnx/index.ts";
import { type Constants, int, ints, keepConstant, NodeMaker } from "./node-maker.ts";
import { quantizeInput } from "./weight-store.ts";

/** What the names of keys and values begin with, as outputs of one graph and inputs of the other. */
export interface MemoryNames {
  readonly key: string;
  readonly value: string;
}

type Kind = keyof MemoryNames;

/** Largest integer of a key or value; -128 is not used. */
const largest = 127;
/** Weights of values take 16 bits, as two digits of 8, so that many small ones are not lost. */
const digit = 255;
/** A scale for what is 0 throughout. */
const leastScale = 1e-30;

const scaleOf = (name: string) => `${name}_scale`;

/**
 * A pass over graphs that give or read keys and values [B, H, S, K] float32. They become integers under their
 * names, keys as [B, H, K, S], and factors: `<key>_scale` [B, H, 1, S], one for each position, and
 * `<value>_scale` [B, H, 1, K], one for each channel.
 */
export function eightBitMemory(prefixes: MemoryNames): (model: OnnxModel) => OnnxModel {
  const kindOf = (name: string): Kind | undefined => {
    if (name.startsWith(prefixes.key)) return "key";
    return name.startsWith(prefixes.value) ? "value" : undefined;
  };
  return (model) => {
    const constants = new Map<string, TensorProto>();
    const read = new Map(
      model.inputs.flatMap((info) => {
        const kind = kindOf(info.name);
        return kind === undefined ? [] : [[info.name, kind] as const];
      }),
    );
    const made = model.outputs.flatMap((info) => {
      const kind = kindOf(info.name);
      return kind === undefined ? [] : [{ name: info.name, kind }];
    });
    const whole = new Map(made.map(({ name }) => [name, `${name}/whole`]));
    const nodes = model.nodes.flatMap((node): readonly NodeProto[] => {
      const kind = read.get(node.inputs[1]!);
      // what else reads them is refused by ONNX Runtime, which finds integers
      if (kind !== undefined && node.opType === opTypes[kind]) {
        return products[kind](node, constants);
      }
      return [renamed(node, whole)];
    });
    const rounding = made.flatMap(({ name, kind }) =>
      roundings[kind](name, whole.get(name)!, constants).map((node) => {
        // the node that gives the whole output has its name
        return { ...node, name: `${node.name}/8-bit` };
      }),
    );
    const signature = (infos: readonly ValueInfo[]) =>
      infos.flatMap((info) => signatureOf(info, kindOf(info.name)));
    return {
      ...model,
      nodes: [...nodes, ...rounding],
      inputs: signature(model.inputs),
      outputs: signature(model.outputs),
      initializers: [...model.initializers, ...constants.values()],
      values: [],
    };
  };
}

function renamed(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const rename = (all: readonly string[]) => all.map((name) => names.get(name) ?? name);
  return { ...node, inputs: rename(node.inputs), outputs: rename(node.outputs) };
}

function signatureOf(info: ValueInfo, kind: Kind | undefined): ValueInfo[] {
  if (kind === undefined) return [info];
  const [batch, heads, length, width] = info.shape as [string, number, string, number];
  const isKey = kind === "key";
  const { name } = info;
  const shape = isKey ? [batch, heads, width, length] : info.shape;
  const scales = [batch, heads, 1, isKey ? length : width];
  return [
    { name, dtype: "int8", shape },
    { name: scaleOf(name), dtype: "float32", shape: scales },
  ];
}

const float = (constants: Constants, value: number) =>
  keepConstant(constants, `memory/${value}`, "float32", [], Float32Array.of(value));
const axis = (constants: Constants, value: number) => {
  const data = BigInt64Array.of(BigInt(value));
  return keepConstant(constants, `memory/axis/${value}`, "int64", [1], data);
};
const noOffset = (constants: Constants) =>
  keepConstant(constants, "memory/int8", "int8", [], Int8Array.of(0));

/** x = q s, q in -127 .. 127, s for every slice along an axis. @returns name of the integers */
function rounded(
  maker: NodeMaker,
  x: string,
  { along, scale }: { readonly along: number; readonly scale: string },
  constants: Constants,
  outputs?: readonly string[],
): string {
  const peak = maker.add("ReduceMax", [maker.add("Abs", [x]), axis(constants, along)]);
  const step = maker.add("Mul", [peak, float(constants, 1 / largest)]);
  maker.add("Max", [step, float(constants, leastScale)], {}, [scale]);
  const quotient = maker.add("Div", [x, scale]);
  const inputs = [quotient, float(constants, 1), noOffset(constants)];
  return maker.add("QuantizeLinear", inputs, {}, outputs);
}

const roundings: Readonly<
  Record<Kind, (name: string, x: string, constants: Constants) => readonly NodeProto[]>
> = {
  key: (name, x, constants) => {
    const maker = new NodeMaker(name);
    const scale = `${name}/scale`;
    const keys = rounded(maker, x, { along: -1, scale }, constants);
    const perm = ints(0, 1, 3, 2);
    maker.add("Transpose", [keys], { perm }, [name]);
    maker.add("Transpose", [scale], { perm }, [scaleOf(name)]);
    return maker.nodes;
  },
  value: (name, x, constants) => {
    const maker = new NodeMaker(name);
    rounded(maker, x, { along: -2, scale: scaleOf(name) }, constants, [name]);
    return maker.nodes;
  },
};

/** How attention multiplies: keys are turned on the way. */
const opTypes: Readonly<Record<Kind, string>> = { key: "FusedMatMul", value: "MatMul" };

/** Products with keys and values, their right sides. */
const products: Readonly<
  Record<Kind, (node: NodeProto, constants: Constants) => readonly NodeProto[]>
> = { key: scores, value: context };

/** q kᵀ. One scale for all queries of a batch: they are products of inputs that have one. */
function scores({ inputs, outputs }: NodeProto): NodeProto[] {
  const [query, key] = inputs as [string, string];
  const y = outputs[0]!;
  const maker = new NodeMaker(y);
  const { values, scale: step, zero } = quantizeInput(maker, query);
  const product = maker.add("MatMulInteger", [values, key, zero]);
  const asFloat = maker.add("Cast", [product], { to: int(1) });
  // two factors in turn: ONNX Runtime takes their product for that of a matrix of weights
  maker.add("Mul", [maker.add("Mul", [asFloat, scaleOf(key)]), step], {}, [y]);
  return maker.nodes;
}

/** p v, p = (h + l / 255) s with h and l in 0 .. 255 and s for every row; both digits in one product. */
function context({ inputs, outputs }: NodeProto, constants: Constants): NodeProto[] {
  const [weights, value] = inputs as [string, string];
  const y = outputs[0]!;
  const maker = new NodeMaker(y);
  const peak = maker.add("ReduceMax", [weights, axis(constants, -1)]);
  const step = maker.add("Mul", [peak, float(constants, 1 / digit)]);
  const number = maker.add("Div", [weights, step]);
  const first = maker.add("Floor", [number]);
  const rest = maker.add("Sub", [number, first]);
  const digits = [
    maker.add("QuantizeLinear", [first, float(constants, 1)]),
    maker.add("QuantizeLinear", [rest, float(constants, 1 / digit)]),
  ];
  const both = maker.add("Concat", digits, { axis: int(-2) });
  const product = maker.add("MatMulInteger", [both, value]);
  const asFloat = maker.add("Cast", [product], { to: int(1) });
  const [high, low] = [`${y}/high`, `${y}/low`];
  maker.add("Split", [asFloat], { axis: int(-2), num_outputs: int(2) }, [high, low]);
  const sum = maker.add("Add", [high, maker.add("Mul", [low, float(constants, 1 / digit)])]);
  maker.add("Mul", [maker.add("Mul", [sum, scaleOf(value)]), step], {}, [y]);
  return maker.nodes;
}

/**
 * @file Graphs over a base in few bits (QLoRA, Dettmers et al. 2023): a matrix becomes float32 where it is used and
 * for as long as that takes, once forward and once more backward. Deviation: 8 bits with a scale per row, or evenly
 * spaced 4 bits with a scale per block, as `MatMulNBits` has them, instead of NF4.
 */
import {
  add,
  apply,
  cast,
  dequantizeRows,
  gather,
  gatherBlocks,
  input,
  mul,
  rangeOf,
  reshape,
  rewrite,
  scalar,
  type Value,
} from "../graph/index.ts";
import { blockSize } from "../rewrite/index.ts";
import type { Architecture } from "./architecture.ts";
import type { FrozenBase, FrozenMatrix } from "./frozen-base.ts";
import { scaleName } from "./quantized-weights.ts";

/** What a dequantised matrix is made of. */
interface Held {
  readonly bits: 4 | 8;
  /** int8 [rows, columns], or uint8 [rows, columns / 2] */
  readonly values: Value;
  /** float32 [rows], or [rows, columns / 32] */
  readonly scales: Value;
}

const isDequantizing: ReadonlySet<string> = new Set(["DequantizeLinear", "GatherBlockQuantized"]);

const heldBehind = new WeakMap<Value, Held>();

/** The same architecture with matrices as feeds of few bits: parameters are what is left. */
export function withFrozen(architecture: Architecture, frozen: FrozenBase): Architecture {
  const feeds = Object.fromEntries(
    [...frozen].flatMap(([name, matrix]) => {
      const shapes = shapesOf(matrix);
      const data = "rows" in matrix ? matrix.rows : matrix.blocks;
      return [
        [name, { shape: shapes.values, data }],
        [scaleName(name), { shape: shapes.scales, data: matrix.scales }],
      ];
    }),
  );
  return {
    ...architecture,
    parameters: architecture.parameters.filter(({ name }) => !frozen.has(name)),
    build: (weight, dropout) => {
      const known = new Map<string, Value>();
      const inputs: Value[] = [];
      const read = (name: string): Value => {
        const matrix = frozen.get(name);
        if (matrix === undefined) return weight(name);
        const value = known.get(name) ?? heldValue(name, matrix, inputs);
        known.set(name, value);
        return value;
      };
      const built = architecture.build(read, dropout);
      const names = Object.keys(built.outputs);
      const { loss, classes, targets } = built;
      const roots = [...Object.values(built.outputs), loss, classes, targets];
      const values = dequantizedInPlace(roots);
      const [newLoss, newClasses, newTargets] = values.slice(names.length) as [Value, Value, Value];
      return {
        inputs: [...built.inputs, ...inputs],
        lossInputs: [...built.lossInputs, ...inputs],
        outputs: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
        loss: newLoss,
        classes: newClasses,
        targets: newTargets,
      };
    },
    collate: (batch) => {
      const { arrays, count } = architecture.collate(batch);
      return { arrays: { ...arrays, ...feeds }, count };
    },
  };
}

function shapesOf(matrix: FrozenMatrix) {
  const [rows, columns] = matrix.shape;
  return "rows" in matrix
    ? { values: [rows, columns], scales: [rows] }
    : { values: [rows, columns / 2], scales: [rows, columns / blockSize] };
}

function heldValue(name: string, matrix: FrozenMatrix, inputs: Value[]): Value {
  const shapes = shapesOf(matrix);
  const isRows = "rows" in matrix;
  const values = input(name, isRows ? "int8" : "uint8", shapes.values);
  const scales = input(scaleName(name), "float32", shapes.scales);
  inputs.push(values, scales);
  return dequantizedBy({ bits: isRows ? 8 : 4, values, scales });
}

/** @param scales in the place of its own */
function dequantizedBy(held: Held, scales = held.scales): Value {
  const { bits, values } = held;
  const value =
    bits === 8
      ? dequantizeRows(values, scales)
      : gatherBlocks(values, rangeOf(values, 0), scales, blockSize);
  heldBehind.set(value, held);
  return value;
}

/**
 * Give each use of a frozen matrix numbers of its own. They depend on the use's other operand, so that they
 * are made when it is there and not kept from the forward to the backward pass; rows that are looked up are
 * looked up in their few bits.
 */
export function dequantizedInPlace(roots: readonly Value[]): Value[] {
  return rewrite(roots, ({ op, attributes, outputs }, inputs) => {
    // numbers of an earlier use stay known for what they are: no reader is left to them
    if (isDequantizing.has(op) && heldBehind.has(outputs[0]!)) return outputs[0];
    const at = inputs.findIndex((value) => value !== null && heldBehind.has(value));
    if (at < 0) return undefined;
    const held = heldBehind.get(inputs[at]!)!;
    if (op === "Gather" && at === 0 && attributes.axis === 0) return rowsAt(held, inputs[1]!);
    const other = inputs[1 - at];
    if ((op !== "MatMul" && op !== "FusedMatMul") || !other) return undefined;
    const own = dequantizedBy(held, add(held.scales, zeroOf(other)));
    return apply(op, at === 0 ? [own, other] : [other, own], attributes);
  });
}

/** Rows of a table. @param ids [...] @returns [..., columns] float32 */
function rowsAt({ bits, values, scales }: Held, ids: Value): Value {
  if (bits === 4) return gatherBlocks(values, ids, scales, blockSize);
  const numbers = cast(gather(values, ids), "float32");
  return mul(numbers, reshape(gather(scales, ids), [...ids.shape, 1]));
}

/** Zero, once a value is there. */
function zeroOf(value: Value): Value {
  const first = scalar(0, "int32");
  return mul(
    value.shape.reduce<Value>((x) => gather(x, first), value),
    0,
  );
}

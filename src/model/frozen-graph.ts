/**
 * @file Graphs over a base in 8 bits (QLoRA, Dettmers et al. 2023): a matrix becomes float32 where it is used and
 * for as long as that takes, once forward and once more backward. Deviation: 8 bits with a scale per row
 * instead of 4 in blocks.
 */
import {
  add,
  apply,
  cast,
  dequantizeRows,
  gather,
  input,
  mul,
  reshape,
  rewrite,
  scalar,
  type Value,
} from "../graph/index.ts";
import type { Architecture } from "./architecture.ts";
import type { FrozenBase } from "./frozen-base.ts";
import { scaleName } from "./quantized-weights.ts";

/** What a dequantised matrix is made of: int8 [rows, columns] and float32 [rows]. */
interface Held {
  readonly rows: Value;
  readonly scales: Value;
}

const heldBehind = new WeakMap<Value, Held>();

/** The same architecture with matrices as feeds of 8 bits: parameters are what is left. */
export function withFrozen(architecture: Architecture, frozen: FrozenBase): Architecture {
  const feeds = Object.fromEntries(
    [...frozen].flatMap(([name, { shape, rows, scales }]) => [
      [name, { shape, data: rows }],
      [scaleName(name), { shape: [shape[0]], data: scales }],
    ]),
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
        const value = known.get(name) ?? heldValue(name, matrix.shape, inputs);
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

function heldValue(name: string, shape: readonly [number, number], inputs: Value[]): Value {
  const rows = input(name, "int8", shape);
  const scales = input(scaleName(name), "float32", [shape[0]]);
  inputs.push(rows, scales);
  return dequantizedBy({ rows, scales });
}

function dequantizedBy(held: Held): Value {
  const value = dequantizeRows(held.rows, held.scales);
  heldBehind.set(value, held);
  return value;
}

/**
 * Give each use of a frozen matrix numbers of its own. They depend on the use's other operand, so that they
 * are made when it is there and not kept from the forward to the backward pass; rows that are looked up are
 * looked up in 8 bits.
 */
export function dequantizedInPlace(roots: readonly Value[]): Value[] {
  return rewrite(roots, ({ op, attributes, outputs }, inputs) => {
    // numbers of an earlier use stay known for what they are: no reader is left to them
    if (op === "DequantizeLinear" && heldBehind.has(outputs[0]!)) return outputs[0];
    const at = inputs.findIndex((value) => value !== null && heldBehind.has(value));
    if (at < 0) return undefined;
    const held = heldBehind.get(inputs[at]!)!;
    if (op === "Gather" && at === 0 && attributes.axis === 0) return rowsAt(held, inputs[1]!);
    const other = inputs[1 - at];
    if ((op !== "MatMul" && op !== "FusedMatMul") || !other) return undefined;
    const scales = add(held.scales, zeroOf(other));
    const own = dequantizeRows(held.rows, scales);
    heldBehind.set(own, held);
    return apply(op, at === 0 ? [own, other] : [other, own], attributes);
  });
}

/** Rows of a table. @param ids [...] @returns [..., columns] float32 */
function rowsAt({ rows, scales }: Held, ids: Value): Value {
  const numbers = cast(gather(rows, ids), "float32");
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

/** @file Nodes of a pass over ONNX models, named below what they compute. */
import type { DType, NodeProto, TensorProto } from "../onnx/index.ts";

/** Makes nodes with names of their own below one node's. */
export class NodeMaker {
  readonly nodes: NodeProto[] = [];
  readonly #stem: string;

  constructor(stem: string) {
    this.#stem = stem;
  }

  /** @returns name of the first output; one below the stem unless `outputs` says otherwise */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: NodeProto["attributes"] = {},
    outputs: readonly string[] = [`${this.#stem}/${opType}_${this.nodes.length}`],
    domain = "",
  ): string {
    this.nodes.push({ name: outputs[0]!, opType, domain, inputs, outputs, attributes });
    return outputs[0]!;
  }
}

/** An attribute: a whole number. */
export const int = (value: number) => ({ kind: "int", value }) as const;
/** An attribute: whole numbers. */
export const ints = (...value: readonly number[]) => ({ kind: "ints", value }) as const;

/** Constants of a graph, by name. */
export type Constants = Map<string, TensorProto>;

/** Add a constant. @returns its name */
export function keepConstant(
  constants: Constants,
  name: string,
  dtype: DType,
  shape: readonly number[],
  data: ArrayBufferView,
): string {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  constants.set(name, { name, dtype, shape, raw });
  return name;
}

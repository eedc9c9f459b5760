/** @file Nodes of a pass over ONNX models, named below what they compute. */
import type { NodeProto } from "../onnx/index.ts";

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

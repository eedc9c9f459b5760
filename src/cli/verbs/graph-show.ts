/** @file `codet5 graph show`: a graph as text. */
import { z } from "zod";
import { writeFileAtomically } from "../../base/index.ts";
import { printModel } from "../../onnx/index.ts";
import { graphSourceFields, openGraph } from "../graph-source.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["path"],
  options: z.strictObject({
    ...graphSourceFields,
    out: z.string().optional().meta({ description: "write the text to this file" }),
  }),
  examples: [
    { command: "codet5 graph show my-model", text: "the forward pass, node by node" },
    {
      command: "codet5 graph show my-model --graph step --out step.txt",
      text: "loss and all gradients, into a file",
    },
    { command: "codet5 graph show some.onnx", text: "any model file of ONNX" },
  ],
  async run({ options }) {
    const { name, model } = openGraph(options);
    const text = printModel(model);
    const { out } = options;
    if (out !== undefined) writeFileAtomically(out, text);
    const json = { graph: name, numNodes: model.nodes.length };
    if (out === undefined) return { json: { ...json, text }, text };
    return { json: { ...json, out }, text: `${model.nodes.length} nodes written to ${out}` };
  },
});

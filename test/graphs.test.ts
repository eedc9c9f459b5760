/**
 * @file Graphs as text, compared byte for byte with test/graphs/*.txt: a refactoring must leave them as
 * they are, and a change of what is computed shows as a difference in review.
 * `npx vitest run test/graphs.test.ts --update` writes them anew.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Graph, input, toOnnx } from "../src/graph/index.ts";
import { families, stepGraph } from "../src/model/index.ts";
import { encode } from "../src/model/t5.ts";
import { parseT5Config } from "../src/model/t5-config.ts";
import { withFedWeights } from "../src/model/weights.ts";
import { Dropout, noDropout } from "../src/nn/index.ts";
import { printModel } from "../src/onnx/index.ts";
import { toyConfig, toyConfigV11 } from "./toy-model.ts";

const oneLayer = { num_layers: 1, num_decoder_layers: 1 };
const config = parseT5Config({ ...toyConfig, ...oneLayer }, "config");
const configV11 = parseT5Config({ ...toyConfigV11, ...oneLayer }, "config");

const generation = families.t5.architecture(config, "generation");
const generationV11 = families.t5.architecture(configV11, "generation");

/** One encoder layer: embedding, position bias, self-attention, feed-forward, norms. */
function encoderLayer(): Graph {
  return withFedWeights("encoder", generation.parameters, (weight) => {
    const ids = input("input_ids", "int32", ["B", "S"]);
    const mask = input("attention_mask", "int32", ["B", "S"]);
    const hidden = encode({ config, weight, dropout: noDropout }, ids, mask);
    return { inputs: [ids, mask], outputs: { hidden } };
  });
}

/** One decoding step of one gated layer, reading cached keys and values. */
function decoderStep(): Graph {
  return withFedWeights("decoder step", generationV11.parameters, (weight) => {
    return families.t5.decoding.step(configV11, weight);
  });
}

const graphs: Readonly<Record<string, () => Graph>> = {
  "encoder-layer": encoderLayer,
  "decoder-step-with-cache": decoderStep,
  "train-step": () => stepGraph(generation, new Dropout(0.1)).graph,
};

const print = (graph: Graph) => printModel(toOnnx(graph).model);

test.each(Object.entries(graphs))("graph %s: as recorded", async (name, build) => {
  await expect(print(build())).toMatchFileSnapshot(
    join(import.meta.dirname, "graphs", `${name}.txt`),
  );
});

test.each(Object.entries(graphs))(
  "graph %s: the same text whenever it is built",
  (_name, build) => {
    expect(print(build())).toBe(print(build()));
  },
);

test.each(Object.entries(graphs))(
  "graph %s: standard ONNX has the same interface",
  (_name, build) => {
    const graph = build();
    const [own, standard] = [toOnnx(graph).model, toOnnx(graph, "onnx").model];
    expect(standard.inputs).toEqual(own.inputs);
    expect(standard.outputs).toEqual(own.outputs);
    expect(standard.nodes.filter(({ domain }) => domain !== "")).toEqual([]);
  },
);

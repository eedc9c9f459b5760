/** @file The graph a `graph` verb is about: one of a model folder's, or a model file of ONNX. */
import { statSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../base/index.ts";
import { type Graph, toOnnx } from "../graph/index.ts";
import { describeModel, graphNames, namedGraph } from "../model/index.ts";
import { type OnnxModel, readModel } from "../onnx/index.ts";

/** Options of every verb about a graph. */
export const graphSourceFields = {
  path: z.string().meta({
    description: "model folder, owner/name on the hub, or an .onnx file",
    isModel: true,
  }),
  graph: z.enum(graphNames).optional().meta({
    description: "which graph of a model folder",
    defaultText: "forward",
  }),
};

/** What was asked for; `graph` when it was built here and so knows every shape. */
export interface GraphSource {
  readonly name: string;
  readonly model: OnnxModel;
  readonly graph?: Graph;
}

/**
 * Build the graph of a model folder, without reading its weights, or read a file.
 * @throws UsageError `graph.file` when a file is given and a graph named; errors of the readers
 */
export function openGraph(options: {
  readonly path: string;
  readonly graph?: (typeof graphNames)[number] | undefined;
}): GraphSource {
  if (statSync(options.path, { throwIfNoEntry: false })?.isFile()) return openFile(options);
  const name = options.graph ?? "forward";
  const graph = namedGraph(describeModel(options.path).spec, name);
  return { name, graph, model: toOnnx(graph).model };
}

function openFile({ path, graph }: { readonly path: string; readonly graph?: string | undefined }) {
  if (graph !== undefined) {
    throw new UsageError("graph.file", "a file holds one graph, none can be chosen", {
      expected: `a model folder with --graph ${graph}, or ${path} alone`,
      got: `--graph ${graph}`,
      where: path,
    });
  }
  const model = readModel(path);
  return { name: model.graphName, model };
}

/** @file Fixed sizes for named dimensions, for sessions that only ever see one shape. */
import { sizeOfDim } from "../graph/index.ts";
import type { OnnxModel, ValueInfo } from "../onnx/index.ts";

/** The model with every dimension replaced whose names all have a size. */
export function fixDimensions(
  model: OnnxModel,
  sizes: Readonly<Record<string, number>>,
): OnnxModel {
  if (Object.keys(sizes).length === 0) return model;
  const fixed = (info: ValueInfo): ValueInfo => {
    return { ...info, shape: info.shape.map((dim) => sizeOfDim(dim, sizes) ?? dim) };
  };
  return { ...model, inputs: model.inputs.map(fixed), outputs: model.outputs.map(fixed) };
}

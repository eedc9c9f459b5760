/** @file Adapters added to their weights: the same function with nothing beside it. */
import { DataError, type Tensor } from "../base/index.ts";
import { type AdaptedModule, adapterName, type LoraConfig, loraScale } from "./lora.ts";

/** W + s B A, or its transpose where the weight is stored as [in, out]. */
export function mergedWeight(
  base: Tensor,
  weights: ReadonlyMap<string, Tensor>,
  { module, inputs, outputs, isInputFirst }: AdaptedModule,
  lora: LoraConfig,
): Tensor {
  const [a, b] = (["A", "B"] as const).map((matrix) => weights.get(adapterName(module, matrix)));
  if (a === undefined || b === undefined) {
    throw new DataError("model.missing", "internal: an adapter is not there", {
      expected: adapterName(module, "A"),
    });
  }
  const { rank } = lora;
  const scale = loraScale(lora);
  const data = Float32Array.from(base.data);
  const row = new Float64Array(inputs);
  const [outStride, inStride] = isInputFirst ? [1, outputs] : [inputs, 1];
  for (let out = 0; out < outputs; out++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b.data[out * rank + k]!;
      const from = k * inputs;
      for (let i = 0; i < inputs; i++) row[i]! += factor * a.data[from + i]!;
    }
    const start = out * outStride;
    for (let i = 0; i < inputs; i++) data[start + i * inStride]! += row[i]!;
  }
  return { shape: base.shape, data };
}

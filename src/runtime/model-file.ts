/** @file A model file from elsewhere in ONNX Runtime: run by names, without a graph of ours. */
import * as ort from "onnxruntime-node";
import { type NdArray, RuntimeFailure } from "../base/index.ts";
import { defaultThreads } from "./session.ts";

/** A model file that is open. */
export interface ModelFile {
  readonly inputs: readonly string[];
  /** @throws RuntimeFailure `runtime.onnx` */
  run(feeds: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>>;
  release(): Promise<void>;
}

/**
 * Open a model file, with its external data beside it.
 * @throws RuntimeFailure `runtime.onnx` when ONNX Runtime refuses it
 */
export async function openModelFile(path: string): Promise<ModelFile> {
  const options = { intraOpNumThreads: defaultThreads(), interOpNumThreads: 1 };
  const session = await guarded(path, () => ort.InferenceSession.create(path, options));
  const types = new Map(
    session.inputMetadata.map((value) => [value.name, value.isTensor ? value.type : "float32"]),
  );
  return {
    inputs: session.inputNames,
    run: (feeds) =>
      guarded(path, async () => {
        const tensors = Object.entries(feeds).map(([name, { data, shape }]) => {
          return [name, new ort.Tensor(types.get(name)!, data as ort.Tensor.DataType, shape)];
        });
        const results = await session.run(Object.fromEntries(tensors));
        return Object.fromEntries(
          Object.entries(results).map(([name, { data, dims }]) => {
            return [name, { data: data as NdArray["data"], shape: dims }];
          }),
        );
      }),
    release: () => session.release(),
  };
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message.trim() : String(cause);
    const message = "ONNX Runtime cannot run this model file";
    throw new RuntimeFailure("runtime.onnx", message, { got, where: path }, cause);
  }
}

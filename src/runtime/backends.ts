/** @file Which ONNX Runtime is installed, and what it can run on. */
import * as ort from "onnxruntime-node";

/** The runtime as installed. */
export interface RuntimeInfo {
  /** Semantic version, e.g. `1.30.0`. */
  readonly version: string;
  /** Devices whose binaries are present, e.g. `cpu`, `webgpu`; a device may still fail to start. */
  readonly backends: readonly string[];
}

/** Ask ONNX Runtime about itself. */
export function runtimeInfo(): RuntimeInfo {
  const backends = ort.listSupportedBackends().map(({ name }) => name);
  return { version: ort.env.versions.node ?? "unknown", backends };
}

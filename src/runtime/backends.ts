/** @file Which ONNX Runtime is installed, and what it can run on. */
import * as ort from "onnxruntime-node";

/** The runtime as installed. */
export interface RuntimeInfo {
  /** Semantic version, e.g. `1.30.0`. */
  readonly version: string;
  /** Devices whose binaries came with the package: `cpu` everywhere, `webgpu` on most systems. */
  readonly bundled: readonly string[];
  /** Devices that need libraries installed apart, e.g. `cuda`. */
  readonly optional: readonly string[];
}

/** Ask ONNX Runtime about itself. */
export function runtimeInfo(): RuntimeInfo {
  const backends = ort.listSupportedBackends();
  const names = (bundled: boolean) =>
    backends.filter((backend) => backend.bundled === bundled).map(({ name }) => name);
  const version = ort.env.versions.node ?? "unknown";
  return { version, bundled: names(true), optional: names(false) };
}

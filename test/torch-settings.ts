/** @file Settings of the torch engine for tests: one process on CPU, everything exact. */
import type { TorchSettings } from "../src/engine/index.ts";

export function torchSettings(settings: Partial<TorchSettings> = {}): TorchSettings {
  return {
    processes: 1,
    nodes: 1,
    device: "cpu",
    timeOut: 120,
    precision: "float32",
    nativeDropout: false,
    compile: false,
    shard: false,
    ...settings,
  };
}

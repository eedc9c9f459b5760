/** @file The same graph on PyTorch: job folders, workers, the engine for `train`. */
export { createJobFolder } from "./job-folder.ts";
export { findTorch, workerFolder } from "./python.ts";
export { type TorchSettings, torchEngine } from "./torch-engine.ts";

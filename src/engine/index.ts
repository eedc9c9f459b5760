/** @file The same graph on PyTorch: job folders, workers, the engine for `train`. */
export { findTorch, type TorchPython, torchHelp } from "./python.ts";
export { type TorchSettings, torchEngine } from "./torch-engine.ts";

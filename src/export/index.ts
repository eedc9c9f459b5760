/** @file Models out: for transformers.js and other users of ONNX, and for Python's transformers. */

export type { Quantization } from "../rewrite/index.ts";
export {
  type ExportFormat,
  exportFormats,
  exportModel,
  onnxFiles,
  quantizations,
  requireT5,
} from "./export-model.ts";
export { openExport } from "./exported-model.ts";

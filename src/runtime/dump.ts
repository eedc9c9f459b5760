/** @file CODET5_DUMP and CODET5_DEBUG=3: every compiled graph as .onnx and .txt. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debugLevel, flag } from "../base/index.ts";
import { encodeModel, type OnnxModel, printModel } from "../onnx/index.ts";

/** Write the graph where CODET5_DUMP says, and to stderr at debug level 3. */
export function dumpGraph(name: string, model: OnnxModel): void {
  const folder = flag("CODET5_DUMP");
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.onnx`), encodeModel(model));
    writeFileSync(join(folder, `${name}.txt`), printModel(model));
  }
  if (debugLevel() >= 3) process.stderr.write(`${printModel(model)}\n`);
}

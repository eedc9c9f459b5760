/** @file CODET5_DUMP and CODET5_DEBUG=3: every compiled graph as .onnx and .txt. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodeT5Error, debug, flag, makeFolder, RuntimeFailure } from "../base/index.ts";
import { encodeModel, type OnnxModel, printModel } from "../onnx/index.ts";

/**
 * Write the graph where CODET5_DUMP says, and to stderr at debug level 3.
 * @throws RuntimeFailure `runtime.dump` when the folder cannot be written
 */
export function dumpGraph(name: string, model: OnnxModel): void {
  const folder = flag("CODET5_DUMP");
  if (folder !== undefined) writeDump(folder, name, model);
  debug(3, () => `graph ${name}\n${printModel(model)}`);
}

function writeDump(folder: string, name: string, model: OnnxModel): void {
  try {
    makeFolder(folder);
    writeFileSync(join(folder, `${name}.onnx`), encodeModel(model));
    writeFileSync(join(folder, `${name}.txt`), printModel(model));
  } catch (cause) {
    const got = reasonOf(cause);
    const details = { expected: "a folder that can be written", got, where: folder };
    throw new RuntimeFailure("runtime.dump", "cannot write to CODET5_DUMP", details, cause);
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof CodeT5Error) return cause.details.got ?? cause.message;
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}

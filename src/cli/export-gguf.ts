/** @file A model folder as one GGUF file: a model whose weights pass one at a time, or an adapter. */
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { DataError } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { exportAdapterGguf, exportModelGguf, type GgufType } from "../gguf/index.ts";
import { describeModel, isAdapterFolder, loadModel, passingWeights } from "../model/index.ts";
import { readChatTemplate } from "../prompt/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";

/** Fewer bits than 32. */
export const ggufPrecisions = ["f16", "q8_0", "q4_0"] as const satisfies readonly GgufType[];

/**
 * Write a file.
 * @throws DataError `export.folder` when there is one, and as `exportModelGguf`, `exportAdapterGguf`
 */
export async function writeGgufFile(
  folder: string,
  path: string,
  type: GgufType,
): Promise<{ readonly kind: "model" | "adapter"; readonly bytes: number }> {
  if (existsSync(path)) throw isThere(path);
  const name = basename(folder);
  const kind = isAdapterFolder(currentFolder(folder)) ? "adapter" : "model";
  if (kind === "adapter") exportAdapterGguf(await loadModel(folder), path, { type, name });
  else {
    const { spec, parameters, checkpoint } = describeModel(folder);
    const names = parameters.map((parameter) => parameter.name);
    const weights = passingWeights(names, checkpoint.tensors);
    const tokenizer = await loadTokenizer(folder);
    const { source, where } = readChatTemplate(folder, tokenizer);
    // a form of ours is what the file's reader falls back to anyway
    const chatTemplate = where.startsWith("form ") ? undefined : source;
    exportModelGguf({ ...spec, weights }, tokenizer, path, { type, name, chatTemplate });
  }
  return { kind, bytes: statSync(path).size };
}

function isThere(where: string): DataError {
  return new DataError("export.folder", "there is something already", {
    expected: "a file that is not there yet",
    got: statSync(where).isDirectory() ? "a folder" : "a file",
    where,
  });
}

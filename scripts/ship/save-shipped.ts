/** @file The folder of a model that the package ships, but for its card. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Model, saveModel } from "../../src/model/index.ts";
import { loadTokenizer, saveTokenizer } from "../../src/tokenizer/index.ts";

/** Files of the old format say nothing that tokenizer.json does not. */
const redundant = ["vocab.json", "merges.txt", "added_tokens.json"];

/** Write weights in 8 bits and the tokenizer of the folder that the model is from. */
export async function saveShipped(model: Model, source: string, out: string): Promise<void> {
  await saveModel(model, out, { quantize: "int8" });
  saveTokenizer(await loadTokenizer(source), out);
  for (const name of redundant) rmSync(join(out, name), { force: true });
}

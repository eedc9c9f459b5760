/** @file `codet5 model merge`: an adapter and its base as one model folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../base/index.ts";
import { isAdapterFolder, loadModel, saveModel, withoutAdapter } from "../../model/index.ts";
import { readTaskFile, writeTaskFile } from "../../tasks/index.ts";
import { loadTokenizer, saveTokenizer } from "../../tokenizer/index.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["adapter"],
  options: z.strictObject({
    adapter: z.string().meta({ description: "adapter folder, in PEFT's layout", isModel: true }),
    out: z.string().meta({ description: "model folder to write" }),
    base: z.string().optional().meta({
      description: "model underneath: a folder, or owner/name on the hub",
      defaultText: "the one that the adapter names",
      isModel: true,
    }),
  }),
  examples: [
    {
      command: "codet5 model merge runs/v/best --out models/v",
      text: "a whole model of the adapters of a fine-tuning with --lora",
    },
  ],
  async run({ options }) {
    const { adapter, out, base } = options;
    if (!isAdapterFolder(adapter)) throw noAdapter(adapter);
    const model = await loadModel(adapter, { base });
    const { lora } = model.adapter!;
    const tokenizer = await loadTokenizer(hasTokenizer(adapter) ? adapter : model.adapter!.base);
    const tuned = readTaskFile(adapter);
    await saveModel(withoutAdapter(model), out);
    saveTokenizer(tokenizer, out);
    if (tuned.length > 0) writeTaskFile(out, tuned);
    const modules = model.trainable.filter(({ name }) => name.includes(".lora_A.")).length;
    const json = { out, modelType: model.modelType, head: model.head, rank: lora.rank, modules };
    return {
      json,
      text: `${modules} adapters of rank ${lora.rank} added to their weights: ${out}`,
    };
  },
});

/** Other tools may leave it to the base. */
function hasTokenizer(folder: string): boolean {
  return ["tokenizer.json", "vocab.json"].some((name) => existsSync(join(folder, name)));
}

function noAdapter(where: string): DataError {
  return new DataError("adapter.missing", "no adapter in this folder", {
    expected: "adapter_config.json and adapter_model.safetensors",
    got: "a folder without them",
    where,
  });
}

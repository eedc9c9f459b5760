/**
 * @file `tsx scripts/pretrain-families.ts --corpus C --out DIR`: the four families that a lab compares, from scratch:
 * CodeT5, an encoder alone, a decoder alone, Llama's shape. About as many parameters, the same corpus, tokenizer,
 * steps and tokens; each learns what its own paper has it learn. One after the other, in DIR/<family>/best. Build
 * the package first.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codet5, resumeFlag } from "./experiment/runs.ts";

const { values } = parseArgs({
  options: {
    corpus: { type: "string" },
    out: { type: "string" },
    steps: { type: "string", default: "100" },
    "batch-tokens": { type: "string", default: "3072" },
    "learning-rate": { type: "string", default: "0.02" },
  },
});
const { corpus, out, steps } = values;
if (!corpus || !out) throw new Error("--corpus and --out are needed");

/** Depth, and width of the feed-forward, that make 1.4 to 1.6 million parameters of 128 wide models. */
const shapes: Readonly<Record<string, readonly [numLayers: number, dFf: number]>> = {
  t5: [2, 512],
  roberta: [4, 512],
  gpt2: [4, 512],
  llama: [5, 344],
};

for (const [family, [numLayers, dFf]] of Object.entries(shapes)) {
  const folder = join(out, family);
  if (existsSync(join(folder, "best")) && existsSync(join(folder, "loss.svg"))) continue;
  const layers = [`${numLayers}`, "--num-decoder-layers", `${numLayers}`];
  const printed = await codet5([
    ...["pretrain", corpus, "--out", folder, "--model-type", family, "--d-model", "128"],
    ...["--d-kv", "32", "--num-heads", "4", "--d-ff", `${dFf}`, "--num-layers", ...layers],
    ...["--batch-tokens", values["batch-tokens"], "--max-steps", steps, "--warmup-steps", "20"],
    ...["--learning-rate", values["learning-rate"], "--max-source-length", "256"],
    ...["--evaluate-every", steps, "--validation-examples", "128", "--log-every", "5"],
    ...["--json", "--quiet", ...resumeFlag(folder)],
  ]);
  process.stdout.write(`${family}: ${printed.trim()}\n`);
}

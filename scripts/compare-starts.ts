/**
 * @file `tsx scripts/compare-starts.ts --model M --task T --data D --steps N --out DIR`: is fine-tuning from a checkpoint
 * better than from scratch? Same architecture, tokenizer, data, steps and seeds; each start at a learning rate of
 * its own. Results in DIR/results.jsonl; what is there is not run again. Build the package first.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codet5, resumeFlag, runCells, tableOf } from "./experiment/runs.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    task: { type: "string" },
    data: { type: "string" },
    out: { type: "string" },
    steps: { type: "string", default: "200" },
    seeds: { type: "string", default: "1,2,3" },
    "checkpoint-rate": { type: "string", default: "0.03" },
    "scratch-rate": { type: "string", default: "0.03" },
    limit: { type: "string" },
    "max-source-length": { type: "string", default: "256" },
  },
});
const { model, task, data, out, steps } = values;
if (!model || !task || !data || !out)
  throw new Error("--model, --task, --data and --out are needed");

const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  scratch: [
    ...["--tokenizer", model, "--learning-rate", values["scratch-rate"]],
    ...["--d-model", config.d_model, "--d-kv", config.d_kv, "--d-ff", config.d_ff].map(String),
    ...["--num-layers", config.num_layers, "--num-heads", config.num_heads].map(String),
  ],
  checkpoint: ["--model", model, "--learning-rate", values["checkpoint-rate"]],
};

const cells = values.seeds
  .split(",")
  .flatMap((seed) => Object.keys(flagsOf).map((arm) => ({ arm, seed: Number(seed) })));

const outcomes = await runCells(out, cells, async ({ arm, seed }) => {
  const folder = join(out, `${arm}-${seed}`);
  const common = ["--data", data, "--max-source-length", values["max-source-length"]];
  await codet5([
    ...["finetune", task, ...common, ...flagsOf[arm]!, "--out", folder, "--seed", `${seed}`],
    ...["--optimizer", "adafactor", "--warmup-steps", "20", "--max-steps", steps],
    ...["--evaluate-every", steps, "--score-examples", "100", "--quiet", ...resumeFlag(folder)],
  ]);
  const limit = values.limit === undefined ? [] : ["--limit", values.limit];
  const best = ["--model", join(folder, "best"), ...limit];
  return JSON.parse(await codet5(["evaluate", task, ...common, ...best, "--json", "--quiet"]));
});

const figures = Object.entries(outcomes[0]!.report).filter(
  ([, value]) => typeof value === "number",
);
process.stdout.write(
  `${tableOf(
    outcomes,
    figures.map(([name]) => name),
  )}\n`,
);

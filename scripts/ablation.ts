/**
 * @file `tsx scripts/ablation.ts --corpus C --translate D --refine D --vulnerability F --out DIR`: the paper's Table 6 at
 * mini scale. Pre-trains without one objective at a time, same steps and seeds, fine-tunes each on three tasks
 * and scores the test parts. Results in DIR/results.jsonl; what is there is not run again. Build the package first.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codet5, resumeFlag, runCells, tableOf } from "./experiment/runs.ts";

const { values } = parseArgs({
  options: {
    corpus: { type: "string" },
    translate: { type: "string" },
    refine: { type: "string" },
    vulnerability: { type: "string" },
    out: { type: "string" },
    steps: { type: "string", default: "1500" },
    "tuning-steps": { type: "string", default: "300" },
    seeds: { type: "string", default: "1,2,3" },
    limit: { type: "string", default: "300" },
  },
});
const { corpus, translate, refine, vulnerability, out, limit } = values;
if (!corpus || !translate || !refine || !vulnerability || !out) throw new Error("paths are needed");

const stageOne = ["maskedSpanPrediction", "identifierTagging", "maskedIdentifierPrediction"];
const without = (name: string) => stageOne.filter((one) => one !== name).join(",");

/** The rows of the table. */
const arms: Readonly<Record<string, string>> = {
  full: stageOne.join(","),
  "without masked spans": without("maskedSpanPrediction"),
  "without identifier tagging": without("identifierTagging"),
  "without masked identifiers": without("maskedIdentifierPrediction"),
};

/** Its columns: a task with its data, and the figure reported. */
const columns = [
  { task: "translate", flags: ["--data", translate], figure: "bleu" },
  {
    task: "refine",
    flags: ["--data", refine, "--train-from-validation", "0.9"],
    figure: "bleu",
  },
  {
    task: "vulnerability",
    flags: ["--data", vulnerability, "--max-source-length", "192"],
    figure: "rocAuc",
  },
] as const;

const shape =
  "--d-model 128 --d-kv 32 --d-ff 512 --num-layers 2 --num-decoder-layers 2 --num-heads 4";

const cells = values.seeds
  .split(",")
  .flatMap((seed) => Object.keys(arms).map((arm) => ({ arm, seed: Number(seed) })));

const outcomes = await runCells(out, cells, async ({ arm, seed }) => {
  const name = `${arm.replaceAll(" ", "-")}-${seed}`;
  const base = join(out, name, "pretrained");
  await codet5([
    ...["pretrain", corpus, "--out", base, "--objectives", arms[arm]!, ...shape.split(" ")],
    ...["--batch-tokens", "3072", "--max-steps", values.steps, "--warmup-steps", "200"],
    ...["--evaluate-every", values.steps, "--validation-examples", "128"],
    ...["--seed", `${seed}`, "--quiet", ...resumeFlag(base)],
  ]);
  const report: Record<string, number> = {};
  for (const { task, flags, figure } of columns) {
    const tuned = join(out, name, task);
    await codet5([
      ...["finetune", task, ...flags, "--model", join(base, "checkpoint"), "--out", tuned],
      ...["--optimizer", "adafactor", "--learning-rate", "0.02", "--warmup-steps", "20"],
      ...["--max-steps", values["tuning-steps"], "--evaluate-every", values["tuning-steps"]],
      ...["--score-examples", "50", "--seed", `${seed}`, "--quiet", ...resumeFlag(tuned)],
    ]);
    const best = ["--model", join(tuned, "best"), "--limit", limit];
    const scored = await codet5(["evaluate", task, ...flags, ...best, "--json", "--quiet"]);
    report[`${task} ${figure}`] = JSON.parse(scored)[figure];
  }
  return report;
});

const figures = columns.map(({ task, figure }) => `${task} ${figure}`);
process.stdout.write(`${tableOf(outcomes, figures)}\n`);

/**
 * @file `tsx scripts/compare-starts.ts --model M --task T --data D --steps N --out DIR`: is fine-tuning from a checkpoint
 * better than from scratch? Same architecture, tokenizer, data, steps and seeds; each start at a learning rate of
 * its own. Two runs at a time, a thread each. Results: DIR/results.jsonl, one line a run; a table on stdout.
 * What is already there is not run again.
 */
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    task: { type: "string" },
    data: { type: "string" },
    out: { type: "string" },
    steps: { type: "string", default: "200" },
    seeds: { type: "string", default: "1,2,3" },
    "checkpoint-rate": { type: "string", default: "0.01" },
    "scratch-rate": { type: "string", default: "0.03" },
    limit: { type: "string" },
    "max-source-length": { type: "string", default: "256" },
  },
});
const { model, task, data, out, steps } = values;
if (!model || !task || !data || !out)
  throw new Error("--model, --task, --data and --out are needed");

const run = promisify(execFile);
const cli = resolve(import.meta.dirname, "../dist/cli/main.js");
const results = join(out, "results.jsonl");
const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));

type Start = "checkpoint" | "scratch";

interface Outcome {
  readonly start: Start;
  readonly seed: number;
  readonly report: Readonly<Record<string, number>>;
}

const known: Outcome[] = existsSync(results)
  ? readFileSync(results, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];

const flagsOf: Readonly<Record<Start, readonly string[]>> = {
  checkpoint: ["--model", model, "--learning-rate", values["checkpoint-rate"]],
  scratch: [
    ...["--tokenizer", model, "--learning-rate", values["scratch-rate"]],
    ...["--d-model", config.d_model, "--d-kv", config.d_kv, "--d-ff", config.d_ff].map(String),
    ...["--num-layers", config.num_layers, "--num-heads", config.num_heads].map(String),
  ],
};

async function call(words: readonly string[]): Promise<string> {
  const env = { ...process.env, CODET5_THREADS: "1" };
  const { stdout } = await run(process.execPath, [cli, ...words], { env, maxBuffer: 2 ** 26 });
  return stdout;
}

async function outcomeOf(start: Start, seed: number): Promise<Outcome> {
  const folder = join(out!, `${start}-${seed}`);
  const common = ["--data", data!, "--max-source-length", values["max-source-length"]];
  const resume = existsSync(join(folder, "config.json")) ? ["--resume"] : [];
  await call([
    ...["finetune", task!, ...common, ...flagsOf[start], "--out", folder, "--seed", `${seed}`],
    ...["--optimizer", "adafactor", "--warmup-steps", "20", "--max-steps", steps],
    ...["--evaluate-every", steps, "--score-examples", "100", "--quiet", ...resume],
  ]);
  const limit = values.limit === undefined ? [] : ["--limit", values.limit];
  const scored = await call([
    ...[
      "evaluate",
      task!,
      ...common,
      "--model",
      join(folder, "best"),
      ...limit,
      "--json",
      "--quiet",
    ],
  ]);
  return { start, seed, report: JSON.parse(scored) };
}

mkdirSync(out, { recursive: true });
const wanted = values.seeds
  .split(",")
  .flatMap((seed) =>
    (["checkpoint", "scratch"] as const).map((start) => ({ start, seed: Number(seed) })),
  );
const open = wanted.filter(
  ({ start, seed }) => !known.some((one) => one.start === start && one.seed === seed),
);
const worker = async () => {
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const outcome = await outcomeOf(next.start, next.seed);
    known.push(outcome);
    appendFileSync(results, `${JSON.stringify(outcome)}\n`);
    process.stderr.write(`${JSON.stringify(outcome)}\n`);
  }
};
await Promise.all([worker(), worker()]);

const figures = Object.entries(known[0]!.report).filter(([, value]) => typeof value === "number");
for (const [name] of figures) {
  const cells = (["scratch", "checkpoint"] as const).map((start) => {
    const found = known.filter((one) => one.start === start).map(({ report }) => report[name]!);
    const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
    const spread = Math.hypot(...found.map((value) => value - mean)) / Math.sqrt(found.length - 1);
    return `${start} ${mean.toFixed(4)} ± ${spread.toFixed(4)}`;
  });
  process.stdout.write(`${name}: ${cells.join(", ")}\n`);
}

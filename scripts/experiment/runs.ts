/** @file Many runs of the command line, two at a time with a thread each, remembered one line a run. */
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const cli = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** Run `codet5 WORDS...` with one thread. @returns what it printed; throws when it fails */
export async function codet5(words: readonly string[]): Promise<string> {
  const env = { ...process.env, CODET5_THREADS: "1" };
  const { stdout } = await run(process.execPath, [cli, ...words], { env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** `--resume` when a run folder was begun before. */
export function resumeFlag(folder: string): readonly string[] {
  return existsSync(join(folder, "config.json")) ? ["--resume"] : [];
}

/** What one run is compared by, and which of several it is. */
export interface Cell {
  readonly arm: string;
  readonly seed: number;
}

export interface Outcome extends Cell {
  readonly report: Readonly<Record<string, number>>;
}

/**
 * Run the cells that `folder/results.jsonl` does not hold yet.
 * @returns all outcomes, those of earlier calls included
 */
export async function runCells(
  folder: string,
  cells: readonly Cell[],
  outcomeOf: (cell: Cell) => Promise<Outcome["report"]>,
): Promise<readonly Outcome[]> {
  mkdirSync(folder, { recursive: true });
  const results = join(folder, "results.jsonl");
  const known: Outcome[] = existsSync(results)
    ? readFileSync(results, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const isKnown = (cell: Cell) => {
    return known.some(({ arm, seed }) => arm === cell.arm && seed === cell.seed);
  };
  const open = cells.filter((cell) => !isKnown(cell));
  const worker = async () => {
    for (let cell = open.shift(); cell !== undefined; cell = open.shift()) {
      const outcome = { ...cell, report: await outcomeOf(cell) };
      known.push(outcome);
      appendFileSync(results, `${JSON.stringify(outcome)}\n`);
      process.stderr.write(`${JSON.stringify(outcome)}\n`);
    }
  };
  await Promise.all([worker(), worker()]);
  return known;
}

/** A table in Markdown: a row for each arm, mean ± standard deviation over seeds for each figure. */
export function tableOf(outcomes: readonly Outcome[], figures: readonly string[]): string {
  const arms = [...new Set(outcomes.map(({ arm }) => arm))];
  const rows = arms.map((arm) => {
    const reports = outcomes.filter((one) => one.arm === arm).map(({ report }) => report);
    return [arm, ...figures.map((name) => spreadOf(reports.map((report) => report[name]!)))];
  });
  const header = ["", ...figures];
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function spreadOf(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return mean.toFixed(3);
  const deviation =
    Math.hypot(...values.map((value) => value - mean)) / Math.sqrt(values.length - 1);
  return `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
}

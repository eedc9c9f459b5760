/** @file What a run folder tells of a pre-training: its settings, its length, its curves. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

type Figures = Readonly<Record<string, unknown>>;

/** One run, as it went. */
export interface RunHistory {
  readonly name: string;
  readonly config: Figures;
  readonly steps: number;
  /** Over all resumes, validations included. */
  readonly hours: number;
  /** Source and target, no padding; from the logged rates, so about. */
  readonly tokens: number;
  readonly validations: readonly Figures[];
}

export function readRun(folder: string): RunHistory {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n");
  const rows: Figures[] = lines.map((line) => JSON.parse(line));
  const logged = rows.filter(({ event }) => event === undefined);
  let seconds = 0;
  let tokens = 0;
  let before = 0;
  for (const { elapsedSeconds, tokensPerSecond } of logged) {
    const now = Number(elapsedSeconds);
    // a resumed run counts from 0 again
    const passed = now >= before ? now - before : now;
    seconds += passed;
    tokens += passed * Number(tokensPerSecond);
    before = now;
  }
  return {
    name: basename(folder),
    config,
    steps: Number(logged.at(-1)?.step ?? 0),
    hours: seconds / 3600,
    tokens,
    validations: rows.filter(({ event }) => event === "validation"),
  };
}

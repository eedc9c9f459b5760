/** @file A run killed at random moments and resumed ends in the bytes of an undisturbed one. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { sampleCorpusFiles } from "../src/data/index.ts";

const numKills = 20;
const main = resolve(import.meta.dirname, "../dist/cli/main.js");
const scratch = mkdtempSync(join(tmpdir(), "codet5-resume-"));
const data = join(scratch, "data");

beforeAll(() => {
  const files = sampleCorpusFiles({ seed: 3, train: 96, valid: 8, test: 4, programs: 1 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(data, name)), { recursive: true });
    writeFileSync(join(data, name), text);
  }
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Dropout, accumulation, clipping, epochs, evaluation: everything that has a state. */
const settings = [
  ..."finetune translate --num-layers 1 --d-model 32 --d-kv 16 --num-heads 2 --d-ff 64".split(" "),
  ..."--vocab-size 500 --batch-size 8 --accumulation 2 --max-steps 200 --warmup-steps 5".split(" "),
  ..."--learning-rate 3e-3 --save-every 2 --evaluate-every 40 --score-examples 2 --log-every 3".split(
    " ",
  ),
  ..."--max-source-length 64 --max-target-length 24 --patience 0".split(" "),
];

function start(out: string, isResumed: boolean): ChildProcess {
  const place = ["--data", join(data, "translate"), "--out", out];
  const args = [main, ...settings, ...place, ...(isResumed ? ["--resume"] : [])];
  return spawn(process.execPath, args, { stdio: "ignore" });
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((done) => {
    child.once("exit", (code) => done(code));
  });

/** Everything that decides what comes next; times of day are not among it. */
function digestOf(out: string): Record<string, string> {
  const files = [
    "checkpoint/model.safetensors",
    "checkpoint/optimizer.safetensors",
    "best/model.safetensors",
  ];
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(out, name)))
        .digest("hex"),
    ]),
  );
}

const stateOf = (out: string) => {
  const { metricsBytes: _timesDiffer, ...state } = JSON.parse(
    readFileSync(join(out, "checkpoint/state.json"), "utf8"),
  );
  return state;
};

const lossesOf = (out: string) =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { step, loss, event } = JSON.parse(line);
      return { step, loss, event };
    });

/** Steps the last whole checkpoint knows of. */
function savedSteps(out: string): number {
  try {
    return JSON.parse(readFileSync(join(out, "checkpoint/state.json"), "utf8")).step;
  } catch {
    return 0;
  }
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Start or resume, and kill a random while after some more steps have been saved. */
async function runAndKill(out: string, random: Random): Promise<boolean> {
  const child = start(out, existsSync(join(out, "config.json")));
  const exit = exitOf(child);
  const goal = savedSteps(out) + random.below(7);
  while (child.exitCode === null && savedSteps(out) < goal) await wait(5);
  await wait(250 * random.uniform());
  child.kill("SIGKILL");
  return (await exit) === null;
}

test(`a run killed ${numKills} times ends byte-identical to an undisturbed one`, {
  timeout: 600_000,
}, async () => {
  const undisturbed = join(scratch, "undisturbed");
  expect(await exitOf(start(undisturbed, false))).toBe(0);

  const killed = join(scratch, "killed");
  const random = new Random(11);
  let deaths = 0;
  for (let i = 0; i < numKills; i++) deaths += Number(await runAndKill(killed, random));
  expect(await exitOf(start(killed, true))).toBe(0);

  expect(deaths).toBe(numKills);
  expect(digestOf(killed)).toEqual(digestOf(undisturbed));
  expect(stateOf(killed)).toEqual(stateOf(undisturbed));
  expect(lossesOf(killed)).toEqual(lossesOf(undisturbed));
});

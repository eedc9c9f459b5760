/** @file A lab killed at random moments and run again ends in the bytes of an undisturbed one. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { labFiles } from "../src/lab/index.ts";
import {
  scratchFolder,
  tinyExperiment,
  tinyModel,
  tinySamples,
  writeSamples,
} from "../src/lab/tiny-lab.test-data.ts";

const numKills = 3;
const main = resolve(import.meta.dirname, "../dist/cli/main.js");
const scratch = scratchFolder();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const experiment = join(scratch, "experiment.json");

function start(out: string): ChildProcess {
  const args = [main, "lab", "run", experiment, "--out", out, "--quiet"];
  return spawn(process.execPath, args, { stdio: "ignore" });
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((done) => {
    child.once("exit", (code) => done(code));
  });

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Files of the lab's stages: they become more as it goes on. */
function countFiles(out: string): number {
  try {
    return readdirSync(join(out, labFiles.stages), { recursive: true }).length;
  } catch {
    return 0;
  }
}

/** Run it, and kill it a random while after some more files have come. */
async function runAndKill(out: string, random: Random): Promise<boolean> {
  const child = start(out);
  const exit = exitOf(child);
  const goal = countFiles(out) + 1 + random.below(8);
  while (child.exitCode === null && countFiles(out) < goal) await wait(5);
  await wait(100 * random.uniform());
  child.kill("SIGKILL");
  return (await exit) === null;
}

/** Everything that a reader of the lab sees. */
function contentOf(out: string): Record<string, string> {
  const predictions = readdirSync(join(out, labFiles.predictions), {
    recursive: true,
    encoding: "utf8",
  });
  const files = predictions.filter((name) => /\.jsonl?$/.test(name)).sort();
  const paths = [
    labFiles.results,
    labFiles.samples,
    ...files.map((name) => join(labFiles.predictions, name)),
  ];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(out, path), "utf8")]));
}

test(`a lab killed ${numKills} times ends byte-identical to an undisturbed one`, {
  timeout: 600_000,
}, async () => {
  const data = writeSamples(join(scratch, "samples.jsonl"), tinySamples(16));
  const changes = { adaptations: ["both"] };
  const asked = tinyExperiment(await tinyModel(scratch), data, changes);
  writeFileSync(experiment, JSON.stringify(asked));

  const undisturbed = join(scratch, "undisturbed");
  expect(await exitOf(start(undisturbed))).toBe(0);

  const killed = join(scratch, "killed");
  const random = new Random(7);
  let deaths = 0;
  for (let i = 0; i < numKills; i++) deaths += Number(await runAndKill(killed, random));
  expect(await exitOf(start(killed))).toBe(0);

  expect(deaths).toBeGreaterThan(numKills / 2);
  expect(contentOf(killed)).toEqual(contentOf(undisturbed));
});

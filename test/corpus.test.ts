/** @file A corpus build on threads, killed at random moments and run again, ends in the same bytes. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { writeSampleTree } from "../src/data/corpus/small-trees.test-data.ts";

const numKills = 8;
const main = resolve(import.meta.dirname, "../dist/cli/main.js");
const scratch = mkdtempSync(join(tmpdir(), "codet5-corpus-kill-"));
const trees = join(scratch, "trees");

beforeAll(() => writeSampleTree(trees, 400));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function start(out: string, workers: number): ChildProcess {
  const settings = ["--vocab-size", "2000", "--workers", String(workers), "--quiet", "--json"];
  const args = [main, "corpus", "build", trees, "--out", out, ...settings];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((done) => {
    child.once("exit", (code) => done(code));
  });

function digests(out: string): Record<string, string> {
  const entries = readdirSync(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ path, name }) => join(path, name));
  return Object.fromEntries(
    files.sort().map((file) => {
      const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
      return [file.slice(out.length), digest];
    }),
  );
}

test("corpus build: threads, kills and interruptions change nothing", async () => {
  const reference = join(scratch, "reference");
  const startMs = performance.now();
  expect(await exitOf(start(reference, 0))).toBe(0);
  const wholeMs = performance.now() - startMs;
  const expected = digests(reference);
  expect(Object.keys(expected)).toContain("/manifest.json");

  const threads = join(scratch, "threads");
  expect(await exitOf(start(threads, 2))).toBe(0);
  expect(digests(threads)).toEqual(expected);

  const killed = join(scratch, "killed");
  const random = new Random(1);
  let exit: number | null = null;
  for (let kill = 0; kill < numKills && exit !== 0; kill++) {
    const child = start(killed, 2);
    const signal = kill % 2 === 0 ? "SIGKILL" : "SIGTERM";
    const timer = setTimeout(() => child.kill(signal), wholeMs * (0.2 + 0.7 * random.uniform()));
    exit = await exitOf(child);
    clearTimeout(timer);
  }
  if (exit !== 0) expect(await exitOf(start(killed, 2))).toBe(0);
  expect(digests(killed)).toEqual(expected);
});

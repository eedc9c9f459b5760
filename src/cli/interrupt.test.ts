import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { runCli } from "../../test/run-cli.ts";
import { toyTable } from "../../test/toy-verbs.ts";

const repository = resolve(import.meta.dirname, "../..");

function startToy(...argv: string[]) {
  const words = ["--import", "tsx", "test/toy-process.ts", ...argv];
  const child = spawn(process.execPath, words, { cwd: repository });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  return { child, output };
}

async function until(condition: () => boolean, child?: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child?.exitCode != null) throw new Error(`the child ended early with ${child.exitCode}`);
    await setTimeout(10);
  }
}

async function exitOf(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  return (await once(child, "close")) as [number | null, string | null];
}

test("interrupt: the first Ctrl-C lets the verb save; the exit code tells of the signal", async () => {
  const { child, output } = startToy("wait");
  await until(() => output.stderr.includes("ready"), child);
  child.kill("SIGINT");
  // npm passes on the Ctrl-C the terminal has sent already: the same key press
  child.kill("SIGINT");
  expect(await exitOf(child)).toEqual([130, null]);
  expect(output.stdout).toBe("saved\n");
  expect(output.stderr).toContain("stopping after this step; Ctrl-C again stops at once\n");
  expect(output.stderr).not.toContain("\x1b");
});

test("interrupt: the second Ctrl-C ends the process at once", async () => {
  const { child, output } = startToy("wait", "--slow");
  await until(() => output.stderr.includes("ready"), child);
  child.kill("SIGINT");
  await until(() => output.stderr.includes("stopping"), child);
  await setTimeout(350);
  child.kill("SIGINT");
  expect(await exitOf(child)).toEqual([130, null]);
  expect(output.stdout).toBe("");
});

test("interrupt: SIGTERM is a stop request too, and a verb that listens to none just dies", async () => {
  const polite = startToy("wait");
  const deaf = startToy("wait", "--deaf");
  for (const { child, output } of [polite, deaf]) {
    await until(() => output.stderr.includes("ready"), child);
  }
  polite.child.kill("SIGTERM");
  deaf.child.kill("SIGTERM");
  const exits = await Promise.all([exitOf(polite.child), exitOf(deaf.child)]);
  expect(exits).toEqual([
    [143, null],
    [null, "SIGTERM"],
  ]);
});

test("interrupt: a reader that goes away ends an endless printer with exit code 0", async () => {
  const { child, output } = startToy("endless");
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await exitOf(child)).toEqual([0, null]);
  expect(output.stderr).toBe("");
});

test("interrupt: when the reader of its log goes away a long job saves and stops", async () => {
  const { child, output } = startToy("wait", "--chatty");
  await until(() => output.stderr.includes("ready"), child);
  child.stderr.destroy();
  expect(await exitOf(child)).toEqual([141, null]);
  expect(output.stdout).toBe("saved\n");
});

test("interrupt: the verb may decide its exit code", async () => {
  const signals = new EventEmitter();
  const done = runCli(["wait", "--exit-code", "0"], { table: toyTable, signals });
  await until(() => signals.listenerCount("signal") > 0);
  signals.emit("signal", "SIGINT");
  expect(await done).toMatchObject({ code: 0, stdout: "saved\n" });
  expect(signals.listenerCount("signal")).toBe(0);
});

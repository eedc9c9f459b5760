import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import { acquireLock } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).code;
  }
  return "no error";
}

/** The lock file of this process, taken and left behind with some fields changed. */
function leaveLock(changes: Record<string, unknown>): void {
  acquireLock(folder);
  const path = join(folder, readdirSync(folder)[0]!);
  const owner = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...owner, ...changes }));
}

test("acquireLock: a second one is refused until the first is released", () => {
  const inner = join(folder, "run");
  const lock = acquireLock(inner);
  expect(() => acquireLock(inner)).toThrow(`in use by process ${process.pid}`);
  expect(codeOf(() => acquireLock(inner))).toBe("run.locked");
  lock.release();
  lock.release();
  acquireLock(inner).release();
  expect(readdirSync(inner)).toEqual([]);
});

test("acquireLock: refused by a live process, taken over when that is killed", async () => {
  const script = `import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    acquireLock(${JSON.stringify(folder)});
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const file = join(folder, "holder.ts");
  writeFileSync(file, script);
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((locked) => child.stdout.once("data", locked));
  expect(() => acquireLock(folder)).toThrow(`in use by process ${child.pid}`);
  child.kill("SIGKILL");
  await new Promise((done) => child.once("close", done));
  acquireLock(folder).release();
  expect(readdirSync(folder)).toEqual(["holder.ts"]);
});

test("acquireLock: a lock file cut short by a power failure is taken over", () => {
  writeFileSync(join(folder, ".lock-1-0123abcd.json"), '{"pid":');
  writeFileSync(join(folder, ".lock-2-0123abcd.json"), "");
  acquireLock(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

test("acquireLock: another machine's lock is believed, and the help names the file", () => {
  leaveLock({ hostname: "elsewhere" });
  expect(() => acquireLock(folder)).toThrow(
    expect.objectContaining({
      code: "run.locked",
      details: expect.objectContaining({ help: expect.stringContaining(".lock-") }),
    }),
  );
});

describe.runIf(process.platform === "linux")("where /proc tells", () => {
  test("acquireLock: a lock from before a reboot is taken over", () => {
    leaveLock({ bootId: "another" });
    acquireLock(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("acquireLock: a lock whose process id was given to a later process is taken over", () => {
    leaveLock({ processStart: "1" });
    acquireLock(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("acquireLock: a killed process that its parent has not buried holds nothing", async () => {
    const victim = "sleep 60 & p=$!; (sleep 0.05; kill -9 $p) & echo $p; exec sleep 60";
    const parent = spawn("bash", ["-c", victim], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await new Promise((line) => parent.stdout.once("data", line)));
    const fields = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    while (fields()[0] !== "Z") await sleep(5);
    leaveLock({ pid, processStart: fields()[19]! });
    acquireLock(folder).release();
    parent.kill("SIGKILL");
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** @file Run folders in trouble: in use, interrupted, diverged, out of space, damaged. Nothing is lost. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../src/model/index.ts";
import { runCli } from "./run-cli.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { expectOneLine, tinyFlags, writeTinyData } from "./tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-bad-runs-"));
const pathOf = (name: string) => join(scratch, name);
beforeAll(() => writeTinyData(scratch));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const wordsOf = (out: string, ...flags: string[]) => {
  const place = ["--data", pathOf("translate"), "--out", out];
  return ["finetune", "translate", ...place, ...tinyFlags, ...flags];
};
const finetune = (out: string, ...flags: string[]) => runCli(wordsOf(out, ...flags));

/** The message of a run that failed after it had shown progress. */
function lastLine({ code, stdout, stderr }: Awaited<ReturnType<typeof finetune>>): string {
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const lines = stderr.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("codet5: "))).toEqual([lines.at(-1)]);
  expect(stderr).not.toMatch(/internal:| {4}at /);
  return lines.at(-1)!;
}

/** Name and digest of every file; `metrics.jsonl` and the curve hold times of day. */
function digestsOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const kept = paths.filter(
    (path) => !/metrics\.jsonl$|loss\.svg$|state\.json$|checksums\.json$/.test(path),
  );
  return Object.fromEntries(
    kept.sort().map((path) => {
      return [
        path.slice(folder.length),
        createHash("sha256").update(readFileSync(path)).digest("hex"),
      ];
    }),
  );
}

const stepOf = (out: string) =>
  JSON.parse(readFileSync(join(out, "checkpoint/state.json"), "utf8")).step;

/** The command as a process of its own. */
function start(words: readonly string[]) {
  const main = resolve(import.meta.dirname, "../src/cli/main.ts");
  const cwd = resolve(import.meta.dirname, "..");
  const child = spawn(process.execPath, ["--import", "tsx", main, ...words], { cwd });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  return { child, output };
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the child ended early with ${child.exitCode}`);
    await setTimeout(5);
  }
}

describe("a run in another process", () => {
  const steps = ["--max-steps", "300", "--evaluate-every", "50", "--patience", "0"];

  test("its folder is in use; Ctrl-C saves; resumed, it ends in the bytes of an undisturbed run", {
    timeout: 240_000,
  }, async () => {
    const out = pathOf("interrupted");
    const { child, output } = start(wordsOf(out, ...steps));
    await until(() => output.stderr.includes("step 50: validation"), child);
    const line = expectOneLine(await finetune(out, ...steps, "--resume"), 1);
    expect(line).toContain(`in use by process ${child.pid}`);
    expect(line).toContain("help: wait for it or stop it");
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect({ code, stdout: output.stdout }).toMatchObject({
      code: 130,
      stdout: expect.stringContaining("interrupted; continue with --resume"),
    });
    expect(output.stderr).not.toContain("codet5:");
    const saved = stepOf(out);
    expect(saved).toBeLessThan(300);
    await loadModel(join(out, "checkpoint"), { verify: true });

    const undisturbed = pathOf("undisturbed");
    expect((await finetune(undisturbed, ...steps)).code).toBe(0);
    const resumed = await finetune(out, ...steps, "--resume");
    expect(resumed.code).toBe(0);
    expect(digestsOf(join(out, "checkpoint"))).toEqual(digestsOf(join(undisturbed, "checkpoint")));
    expect(digestsOf(join(out, "best"))).toEqual(digestsOf(join(undisturbed, "best")));
  });
});

describe("a run that diverges", () => {
  const wild = [
    "--optimizer",
    "adamw",
    "--warmup-steps",
    "0",
    "--max-grad-norm",
    "0",
    "--save-every",
    "1",
  ];

  test("the step is named, the checkpoint before it is kept whole", async () => {
    const out = pathOf("diverged");
    const flags = [...wild, "--max-steps", "5", "--learning-rate", "1e30"];
    const line = lastLine(await finetune(out, ...flags));
    expect(line).toContain(
      "training diverged at step 2; expected: finite loss, gradients and weights",
    );
    expect(line).toContain(`where: ${out}; help: the last checkpoint is kept`);
    expect(stepOf(out)).toBe(1);
    const before = digestsOf(out);
    const model = await loadModel(join(out, "checkpoint"), { verify: true });
    for (const { data } of model.weights.values()) expect(data.every(Number.isFinite)).toBe(true);
    expect(lastLine(await finetune(out, ...flags, "--resume"))).toBe(line);
    expect(digestsOf(out)).toEqual(before);
  });

  test("weights that overflow are told at their step and never saved", async () => {
    const out = pathOf("overflown");
    const line = lastLine(
      await finetune(out, ...wild, "--max-steps", "5", "--learning-rate", "1e300"),
    );
    expect(line).toMatch(/training diverged at step 1; .* got: \S+ is no longer finite/);
    expect(readdirSync(out).filter((name) => name !== "metrics.jsonl")).toEqual(["config.json"]);
  });
});

describe("a run folder that does not fit", () => {
  const steps = ["--max-steps", "4", "--save-every", "2"];
  const whole = pathOf("whole");
  const out = pathOf("copy");
  beforeAll(async () => {
    expect((await finetune(whole, ...steps)).code).toBe(0);
  });
  const copy = () => {
    rmSync(out, { recursive: true, force: true });
    cpSync(whole, out, { recursive: true });
  };

  test("it holds a run: --resume or another folder", async () => {
    copy();
    const before = digestsOf(out);
    const line = expectOneLine(await finetune(out, ...steps), 1);
    expect(line).toContain("help: continue it with --resume, or choose another --out");
    expect(digestsOf(out)).toEqual(before);
  });

  test("it holds none to resume", async () => {
    const line = expectOneLine(await finetune(pathOf("none"), ...steps, "--resume"), 1);
    expect(line).toContain("no run to resume");
    expect(existsSync(pathOf("none"))).toBe(false);
  });

  test("resumed with another setting: it is named, and where the right ones are", async () => {
    copy();
    const line = expectOneLine(await finetune(out, ...steps, "--batch-size", "4", "--resume"), 2);
    expect(line).toContain("cannot resume with another batchSize; expected: 8; got: 4");
    const config = join(out, "config.json");
    expect(line).toContain(`--config ${config}`);
    const moved = await runCli(["finetune", "--config", config, "--out", out, "--resume"]);
    expect(moved).toMatchObject({ code: 0 });
  });

  test("resumed on other data: it is named", async () => {
    copy();
    const file = pathOf("translate/train.java-cs.txt.java");
    const text = readFileSync(file);
    writeFileSync(file, Buffer.concat([Buffer.from(" "), text]));
    const line = expectOneLine(await finetune(whole, ...steps, "--resume"), 2);
    writeFileSync(file, text);
    expect(line).toContain(`cannot resume with another datasets ${file}; expected: "`);
  });

  test.each(["model.safetensors", "optimizer.safetensors", "state.json", "tokenizer.json"])(
    "one flipped bit in checkpoint/%s: it is not resumed from",
    async (name) => {
      copy();
      const path = join(whole, "checkpoint", name);
      const bytes = readFileSync(path);
      const damaged = Buffer.from(bytes);
      damaged[damaged.length - 3]! ^= 1;
      writeFileSync(path, damaged);
      const line = lastLine(await finetune(whole, ...steps, "--resume"));
      writeFileSync(path, bytes);
      expect(line).toContain(path);
    },
  );

  test("checkpoints without checksums, as older versions wrote them, are resumed from", async () => {
    const path = join(whole, "checkpoint/checksums.json");
    const text = readFileSync(path);
    rmSync(path);
    const { code } = await finetune(whole, ...steps, "--resume");
    writeFileSync(path, text);
    expect(code).toBe(0);
  });

  test("a file in its place, or a place where nothing can be written", async () => {
    const file = pathOf("translate/train.java-cs.txt.java");
    const inTheWay = expectOneLine(await finetune(file, ...steps), 1);
    expect(inTheWay).toContain("got: a file");
    expect(expectOneLine(await finetune(join(file, "run"), ...steps), 1)).toContain(file);
    if (process.platform !== "linux") return;
    expect(expectOneLine(await finetune("/proc/codet5", ...steps), 1)).toContain("cannot write");
  });
});

const disk = mountSmallDisk(1024);
afterAll(() => disk?.release());

/** Take all space but so many KB. */
function fillDisk(folder: string, free: number): string {
  const ballast = join(folder, "ballast");
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast, new Uint8Array(bavail * bsize - free * 1024));
  return ballast;
}

describe("a disk without space", () => {
  const steps = ["--max-steps", "30", "--save-every", "10", "--evaluate-every", "1000"];

  test.runIf(disk)(
    "the checkpoint stays whole, and --resume works once space is there",
    {
      timeout: 240_000,
    },
    async () => {
      const out = join(disk!.folder, "run");
      const controller = await interrupted(out, steps);
      expect(controller).toBe(130);
      const before = digestsOf(out);
      // not even the lock fits; the lock fits; half a checkpoint fits
      for (const free of [0, 8, 60]) {
        const ballast = fillDisk(disk!.folder, free);
        const line = lastLine(await finetune(out, ...steps, "--resume"));
        expect(line).toContain("the disk is full; expected: enough free space; got: ENOSPC");
        expect(line).toContain("help: nothing was changed; free some space and run again");
        expect(digestsOf(out)).toEqual(before);
        await loadModel(join(out, "checkpoint"), { verify: true });
        rmSync(ballast);
      }
      expect((await finetune(out, ...steps, "--resume")).code).toBe(0);
      const undisturbed = pathOf("roomy");
      expect((await finetune(undisturbed, ...steps)).code).toBe(0);
      expect(digestsOf(join(out, "checkpoint"))).toEqual(
        digestsOf(join(undisturbed, "checkpoint")),
      );
    },
  );

  test.runIf(process.platform === "linux")(
    "a limit on the size of files is told like a full disk",
    { timeout: 240_000 },
    async () => {
      const out = pathOf("limited");
      const main = resolve(import.meta.dirname, "../src/cli/main.ts");
      const words = [process.execPath, "--import", "tsx", main, ...wordsOf(out, ...steps)];
      const script = `ulimit -f 20; exec ${words.map((word) => `'${word}'`).join(" ")}`;
      const child = spawn("bash", ["-c", script], { cwd: resolve(import.meta.dirname, "..") });
      let stderr = "";
      child.stderr.on("data", (chunk) => (stderr += chunk));
      const [code] = await once(child, "close");
      expect(code).toBe(1);
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^codet5: cannot write \(EFBIG\)/);
      expect(stderr).not.toMatch(/ {4}at /);
      expect(existsSync(join(out, "checkpoint"))).toBe(false);
      expect((await finetune(out, ...steps, "--resume")).code).toBe(0);
    },
  );
});

/** Stop a run by Ctrl-C after its first steps. */
async function interrupted(out: string, flags: readonly string[]): Promise<number | null> {
  const { child, output } = start(wordsOf(out, ...flags));
  await until(() => output.stderr.includes("training step 1/"), child);
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  return code;
}

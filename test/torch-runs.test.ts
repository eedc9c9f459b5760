/** @file Whole runs on PyTorch: killed, hung, continued on either engine, carried to another machine. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findTorch } from "../src/engine/index.ts";
import { type Captured, runCli } from "./run-cli.ts";
import { expectOneLine, tinyFlags, writeTinyData } from "./tiny-runs.ts";

const python = await findTorch().then(
  ({ command }) => command,
  () => undefined,
);
const scratch = mkdtempSync(join(tmpdir(), "codet5-torch-"));
const pathOf = (name: string) => join(scratch, name);
beforeAll(() => writeTinyData(scratch));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const limit = { timeout: 240_000 };

function finetune(out: string, ...flags: string[]) {
  const settings = "--max-steps 8 --save-every 4 --evaluate-every 8 --log-every 1 --warmup-steps 2";
  const data = ["finetune", "translate", "--data", pathOf("translate"), "--out", pathOf(out)];
  return runCli([...data, ...tinyFlags, ...settings.split(" "), ...flags]);
}

const torch = (...flags: string[]) => ["--engine", "torch", "--device", "cpu", ...flags];

const digestOf = (out: string) =>
  createHash("sha256")
    .update(readFileSync(join(pathOf(out), "checkpoint/model.safetensors")))
    .digest("hex");

function lossesOf(out: string): number[] {
  const lines = readFileSync(join(pathOf(out), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line)).flatMap(({ event, loss }) => (event ? [] : [loss]));
}

const steps = (out: string) =>
  JSON.parse(readFileSync(join(pathOf(out), "checkpoint/state.json"), "utf8")).step;

/** Ids of the worker processes of a run folder, as the system lists them; torchrun itself is none. */
function workersOf(out: string): number[] {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.map(Number).filter((id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, "utf8");
      return words.includes(`${pathOf(out)}/job-`) && !words.includes("torch.distributed.run");
    } catch {
      return false;
    }
  });
}

/** What a run that failed says last, below notes on long examples: one line, no stack. */
function lastLine({ code, stderr }: Captured, wanted: 1 | 2 = 1): string {
  expect(code, stderr).toBe(wanted);
  const lines = stderr.trimEnd().split("\n");
  expect(lines.filter((line) => !line.startsWith("longer than the limit"))).toEqual([lines.at(-1)]);
  expect(lines.at(-1)).toMatch(/^codet5: /);
  return lines.at(-1)!;
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Once two workers have made their first updates, send the second a signal. */
async function signalWorker(out: string, signal: NodeJS.Signals): Promise<void> {
  for (let ms = 0; ms < 90_000 && !existsSync(join(pathOf(out), "metrics.jsonl")); ms += 5) {
    await wait(5);
  }
  const second = workersOf(out)
    .map((id) => ({
      id,
      rank: /(^|\0)RANK=1(\0|$)/.test(readFileSync(`/proc/${id}/environ`, "utf8")),
    }))
    .find(({ rank }) => rank);
  process.kill(second!.id, signal);
}

describe.runIf(python !== undefined)("finetune --engine torch", () => {
  test("a run begun on one engine continues on the other", limit, async () => {
    // a schedule to zero would make the shorter run's first steps others
    const constant = ["--schedule", "constant"];
    const { code, stderr } = await finetune("ours", ...constant);
    expect(code, stderr).toBe(0);
    for (const [out, first, second] of [
      ["torch-first", torch(), []],
      ["torch-second", [], torch()],
    ] as const) {
      expect((await finetune(out, ...constant, "--max-steps", "4", ...first)).code).toBe(0);
      const config = join(pathOf(out), "config.json");
      const settings = JSON.parse(readFileSync(config, "utf8"));
      writeFileSync(config, JSON.stringify({ ...settings, maxSteps: 8 }));
      const state = join(pathOf(out), "checkpoint/state.json");
      const saved = JSON.parse(readFileSync(state, "utf8"));
      writeFileSync(state, JSON.stringify({ ...saved, ended: null }));
      rmSync(join(pathOf(out), "checkpoint/checksums.json"), { force: true });
      const resumed = await finetune(out, ...constant, "--resume", ...second);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(lossesOf(out)).toBeAllclose(lossesOf("ours"), { atol: 1e-3 });
    }
  });

  const two = torch("--processes", "2", "--quiet");

  test(
    "a killed worker ends the run in one line; other processes do not resume it",
    limit,
    async () => {
      const endless = [...two, "--max-steps", "8000"];
      const [killed] = await Promise.all([
        finetune("killed", ...endless),
        signalWorker("killed", "SIGKILL"),
      ]);
      expect(lastLine(killed)).toMatch(/worker was killed by signal 9.*--resume/);
      expect(workersOf("killed")).toEqual([]);
      const other = await finetune("killed", ...endless, "--processes", "3", "--resume");
      const line = lastLine(other, 2);
      expect(line).toMatch(/cannot resume with another.*processes.*expected: 2; got: 3/);
    },
  );

  test("--resume continues exactly what a killed worker left", limit, async () => {
    const flags = [...two, "--max-steps", "40", "--evaluate-every", "40"];
    const whole = await finetune("whole", ...flags);
    expect(whole.code, whole.stderr).toBe(0);
    const [killed] = await Promise.all([finetune("again", ...flags), killAfter("again", 4)]);
    expect(lastLine(killed)).toMatch(/a torch worker/);
    const resumed = await finetune("again", ...flags, "--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(digestOf("again")).toBe(digestOf("whole"));
    expect(lossesOf("again")).toEqual(lossesOf("whole"));
  });

  test("a worker that hangs is told after the time-out", limit, async () => {
    const flags = [...two, "--time-out", "8", "--max-steps", "8000"];
    const [hung] = await Promise.all([finetune("hung", ...flags), signalWorker("hung", "SIGSTOP")]);
    expect(lastLine(hung)).toMatch(/workers hang: no news for 8 s.*--resume/);
  });

  /** Kill a worker as soon as a checkpoint holds so many steps. */
  async function killAfter(out: string, count: number): Promise<void> {
    while (!existsSync(join(pathOf(out), "checkpoint/state.json")) || steps(out) < count)
      await wait(1);
    for (const id of workersOf(out)) process.kill(id, "SIGKILL");
  }

  test(
    "a job travels: written here, run there, interrupted there, taken in here",
    limit,
    async () => {
      const here = await finetune("attached", ...torch());
      expect(here.code, here.stderr).toBe(0);
      const job = ["--job", pathOf("job")];
      const written = await finetune("travelled", ...torch(), ...job);
      expect(written.code, written.stderr).toBe(0);
      expect(written.stdout).toMatch(/the job is written/);
      const early = await finetune("travelled", ...torch(), ...job, "--resume", "--quiet");
      expect(lastLine(early)).toMatch(/results end before the run does/);
      cpSync(pathOf("job"), pathOf("there"), { recursive: true });
      const run = () =>
        spawnSync("sh", [join(pathOf("there"), "run.sh")], {
          env: { ...process.env, PYTHON: python! },
        });
      expect(run().status).toBe(0);
      const progress = join(pathOf("there"), "results/progress.jsonl");
      const lines = readFileSync(progress, "utf8");
      // as if it had died after its first checkpoint, in the middle of a line
      truncateSync(progress, lines.indexOf("\n", lines.indexOf('"saved"')) + 30);
      expect(run().status).toBe(0);
      cpSync(join(pathOf("there"), "results"), join(pathOf("job"), "results"), { recursive: true });
      const taken = await finetune("travelled", ...torch(), ...job, "--resume");
      expect(taken.code, taken.stderr).toBe(0);
      expect(digestOf("travelled")).toBe(digestOf("attached"));
      expect(lossesOf("travelled")).toEqual(lossesOf("attached"));
      expect(readFileSync(join(pathOf("job"), "run.slurm"), "utf8")).toMatch(/#SBATCH --nodes=1\n/);
    },
  );

  describe("a bad job is told in one line", () => {
    /** Write a job of one process, spoil it, run it. */
    async function spoil(name: string, change: (job: string) => void, ...words: string[]) {
      const source = pathOf("good-job");
      if (!existsSync(source)) await finetune("good", ...torch(), "--job", source);
      const job = pathOf(name);
      cpSync(source, job, { recursive: true });
      change(job);
      const args = [...words, join(job, "worker/worker.py"), job];
      const { status, stderr } = spawnSync(python!, args, { encoding: "utf8" });
      expect(status).not.toBe(0);
      expect(stderr).not.toMatch(/Traceback/);
      return JSON.parse(readFileSync(join(job, "results/error-0.json"), "utf8"));
    }

    /** Change a file, and its digest in job.json with it. */
    function rewrite(job: string, name: string, change: (text: string) => string): void {
      const text = change(readFileSync(join(job, name), "latin1"));
      writeFileSync(join(job, name), text, "latin1");
      const path = join(job, "job.json");
      const settings = JSON.parse(readFileSync(path, "utf8"));
      settings.files[name] = createHash("sha256").update(text, "latin1").digest("hex");
      writeFileSync(path, JSON.stringify(settings));
    }

    const commandsOf = (job: string) => readdirSync(join(job, "commands")).sort();

    test("cut short: a file or the last commands are missing", limit, async () => {
      const lost = await spoil("lost", (job) => rmSync(join(job, "parameters.safetensors")));
      expect(lost).toMatchObject({ code: "job.missing", expected: "parameters.safetensors" });
      const short = await spoil("short", (job) =>
        rmSync(join(job, "commands", commandsOf(job).at(-1)!)),
      );
      expect(short).toMatchObject({
        code: "job.missing",
        message: expect.stringMatching(/cut short/),
      });
    });

    test("damaged: another digest, or tensors that end early", limit, async () => {
      const changed = await spoil("changed", (job) =>
        appendFileSync(join(job, "parameters.safetensors"), "x"),
      );
      expect(changed).toMatchObject({
        code: "job.digest",
        where: expect.stringMatching(/parameters/),
      });
      const cut = await spoil("cut", (job) => {
        rewrite(job, "parameters.safetensors", (text) => text.slice(0, -40));
      });
      expect(cut).toMatchObject({
        code: "job.tensors",
        message: expect.stringMatching(/cut short/),
      });
    });

    test("damaged within: settings, commands, a header, the graph, reports", limit, async () => {
      const bare = await spoil("bare", (job) =>
        writeFileSync(join(job, "job.json"), '{"format": "codet5-torch-job-1", "files": {}}'),
      );
      expect(bare).toMatchObject({
        code: "job.file",
        got: expect.stringMatching(/^no chunks, gr/),
      });
      const altered = await spoil("altered", (job) =>
        appendFileSync(join(job, "commands", commandsOf(job)[0]!), "x"),
      );
      expect(altered).toMatchObject({
        code: "job.digest",
        where: expect.stringMatching(/commands/),
      });
      const header = await spoil("header", (job) => {
        rewrite(job, "parameters.safetensors", (text) => text.replace('"F32"', '"X32"'));
      });
      expect(header).toMatchObject({ code: "job.tensors", got: expect.stringMatching(/X32/) });
      const graph = await spoil("graph", (job) => {
        rewrite(job, "graph-generation.json", (text) =>
          text.replace('"inputs":["shared.weight"', '"inputs":["shared.weighs"'),
        );
      });
      expect(graph).toMatchObject({
        code: "job.file",
        got: expect.stringMatching(/^Gather of src.*reads shared\.weighs, which nothing makes$/),
      });
      const reports = await spoil("reports", (job) =>
        writeFileSync(join(job, "results/progress.jsonl"), "{not JSON}\n"),
      );
      expect(reports).toMatchObject({
        code: "job.file",
        where: expect.stringMatching(/progress/),
      });
    });

    test("an operator that the table lacks, with the line that built it", limit, async () => {
      const error = await spoil("operator", (job) => {
        rewrite(job, "graph-generation.json", (text) =>
          text.replace('"op":"Relu"', '"op":"Hardmax"'),
        );
      });
      expect(error).toMatchObject({ code: "job.operator", got: "Hardmax" });
      expect(error.where).toMatch(/^src\/nn\/.*\.ts:\d+$/);
    });

    test("another number of processes, another format", limit, async () => {
      const change = (key: string, value: unknown) => (job: string) => {
        const path = join(job, "job.json");
        writeFileSync(
          path,
          JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), [key]: value }),
        );
      };
      const processes = await spoil("processes", change("processes", 4));
      expect(processes).toMatchObject({ code: "job.processes", expected: "4", got: "1" });
      const format = await spoil("format", change("format", "codet5-torch-job-9"));
      expect(format).toMatchObject({ code: "job.format", got: "codet5-torch-job-9" });
    });
  });
});

describe("without a torch that fits", () => {
  async function withPython(command: string, ...flags: string[]) {
    process.env.CODET5_PYTHON = command;
    try {
      return await finetune("never", ...torch(), ...flags, "--quiet");
    } finally {
      delete process.env.CODET5_PYTHON;
    }
  }

  test("no Python, or none with torch: one line, and no run is begun", async () => {
    const line = expectOneLine(await withPython("no-such-python"), 1);
    expect(line).toMatch(/PyTorch was not found.*no such command.*apt-get install python3-torch/);
    expect(existsSync(pathOf("never"))).toBe(false);
  });

  test("too old, or without what is asked for", async () => {
    const old = { python: "3.8.1", torch: "1.12.1", devices: [], gloo: true, nccl: false };
    const features = { compile: false, fusedAttention: false, sharding: false };
    const fake = (name: string, found: object) => {
      writeFileSync(pathOf(name), `#!/bin/sh\necho '${JSON.stringify(found)}'\n`);
      chmodSync(pathOf(name), 0o755);
      return pathOf(name);
    };
    const line = expectOneLine(await withPython(fake("old", { ...old, ...features })), 1);
    expect(line).toMatch(/torch is too old; expected: 1\.13 or newer; got: 1\.12\.1/);
    const plain = fake("plain", { ...old, ...features, torch: "1.13.0a0" });
    const lacking = expectOneLine(await withPython(plain, "--compile"), 2);
    expect(lacking).toMatch(/lacks what the run asks for; expected: torch\.compile/);
    const whole = expectOneLine(await withPython(plain, "--shard"), 2);
    expect(whole).toMatch(/expected: fully_shard, of torch 2\.6; got: torch 1\.13\.0a0/);
    expect(existsSync(pathOf("never"))).toBe(false);
  });

  test("settings of torch without --engine torch are a mistake in the command", async () => {
    const line = expectOneLine(await finetune("never", "--processes", "2", "--quiet"), 2);
    expect(line).toMatch(/processes is a setting of another engine; expected: --engine torch/);
  });

  test("a base in few bits is ONNX Runtime's alone", async () => {
    const flags = ["--lora", "--base-quantization", "int8", "--quiet"];
    const line = expectOneLine(await finetune("never", ...torch(), ...flags), 2);
    expect(line).toMatch(
      /base in few bits; expected: --engine onnxruntime, or --base-quantization none/,
    );
    expect(existsSync(pathOf("never"))).toBe(false);
  });

  test("several machines need a place to meet", async () => {
    const line = expectOneLine(await finetune("never", ...torch("--nodes", "2"), "--quiet"), 2);
    expect(line).toMatch(/--rendezvous host:port/);
  });
});

test("the worker compiles as Python, and speaks of nobody's machine", () => {
  const folder = join(import.meta.dirname, "../engines/torch");
  const names = readdirSync(folder).filter((name) => name.endsWith(".py"));
  for (const name of names) {
    expect(readFileSync(join(folder, name), "utf8")).not.toMatch(/\/(home|work|root|Users)\//);
  }
  const check = "import ast,sys\nfor p in sys.argv[1:]: ast.parse(open(p).read())";
  execFileSync("python3", ["-c", check, ...names.map((name) => join(folder, name))]);
});

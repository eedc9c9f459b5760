/** @file Fine-tuning end to end: streams, configuration, what it leaves, resuming. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { saveTinyModel, tinyFlags, writeTinyData } from "../../../test/tiny-runs.ts";
import { loadModel } from "../../model/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-finetune-"));
const pathOf = (name: string) => join(scratch, name);
const pairs = pathOf("translate");
const samples = pathOf("vulnerability.jsonl");
beforeAll(() => writeTinyData(scratch));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const finetune = (task: string, data: string, out: string, ...flags: string[]) =>
  runCli(["finetune", task, "--data", data, "--out", out, ...tinyFlags, ...flags]);
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const linesOf = (out: string) =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const weightsOf = (folder: string) => readFileSync(join(folder, "model.safetensors"));

describe("codet5 finetune", () => {
  const out = pathOf("first");
  const flags = ["--max-steps", "8", "--evaluate-every", "4", "--log-every", "2"];

  test("finetune: one JSON object on stdout, progress on stderr, a whole run folder", async () => {
    const { code, stdout, stderr } = await finetune("translate", pairs, out, ...flags, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      step: 8,
      reason: "maxSteps",
      best: { step: expect.any(Number), loss: expect.any(Number) },
      bestFolder: join(out, "best"),
    });
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(stderr).toContain("training step 8/8");
    expect(stderr).toMatch(/step 4: validation loss \d/);
    const names = ["best", "checkpoint", "config.json", "loss.svg", "metrics.jsonl"];
    expect(readdirSync(out).sort()).toEqual(names);
    const lines = linesOf(out);
    expect(
      lines.map(({ step, event }) => `${step}${event === undefined ? "" : " validation"}`),
    ).toEqual(["2", "4", "4 validation", "6", "8", "8 validation"]);
    expect(lines[0]).toMatchObject({
      epoch: 0,
      loss: expect.any(Number),
      gradNorm: expect.any(Number),
    });
    for (const folder of ["best", "checkpoint"]) {
      const model = await loadModel(join(out, folder), { verify: true });
      expect((await loadTokenizer(join(out, folder))).vocabSize).toBe(model.config.vocabSize);
    }
  });

  test("finetune: config.json holds every setting, the data's digests, and starts the same run", async () => {
    const saved = readJson(join(out, "config.json"));
    expect(saved).toMatchObject({
      task: "translate",
      data: pairs,
      seed: 1234,
      batchSize: 8,
      maxSteps: 8,
    });
    // left open on the command line, decided by the task and by starting from scratch
    expect(saved).toMatchObject({ optimizer: "adafactor", learningRate: 0.03, warmupSteps: 100 });
    expect(Object.keys(saved.$datasets)).toHaveLength(6);
    expect(saved.$version).toMatch(/^\d+\.\d+\.\d+/);
    const again = pathOf("again");
    const { code } = await runCli([
      "finetune",
      "--config",
      join(out, "config.json"),
      "--out",
      again,
    ]);
    expect(code).toBe(0);
    expect(weightsOf(join(again, "checkpoint")).equals(weightsOf(join(out, "checkpoint")))).toBe(
      true,
    );
  });

  test("finetune: --print-config round-trips, and flags win over the file", async () => {
    const words = ["finetune", "translate", "--data", pairs, "--out", out, ...tinyFlags, ...flags];
    const printed = await runCli([...words, "--print-config"]);
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    const file = pathOf("printed.json");
    writeFileSync(file, printed.stdout);
    expect(await runCli(["finetune", "--config", file, "--print-config"])).toEqual(printed);
    const more = [
      "finetune",
      "--config",
      file,
      "--seed",
      "7",
      "--max-steps",
      "3",
      "--print-config",
    ];
    const config = JSON.parse((await runCli(more)).stdout);
    expect(config).toEqual({ ...JSON.parse(printed.stdout), seed: 7, maxSteps: 3 });
  });

  test("finetune: stopped by a signal it exits 130, and --resume ends in the same bytes", async () => {
    const stopped = pathOf("stopped");
    const { EventEmitter } = await import("node:events");
    const signals = new EventEmitter();
    const running = runCli(
      ["finetune", "translate", "--data", pairs, "--out", stopped, ...tinyFlags, ...flags],
      { signals },
    );
    while (!existsSync(join(stopped, "metrics.jsonl"))) await new Promise(setImmediate);
    signals.emit("signal", "SIGINT");
    const { code, stdout, stderr } = await running;
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted; continue with --resume");
    expect(stderr).toContain("stopping after this step");
    const { step } = readJson(join(stopped, "checkpoint/state.json"));
    expect(step).toBeLessThan(8);
    const resumed = await finetune("translate", pairs, stopped, ...flags, "--resume");
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain(`training step ${step + 1}/8`);
    for (const folder of ["checkpoint", "best"]) {
      expect(weightsOf(join(stopped, folder)).equals(weightsOf(join(out, folder)))).toBe(true);
    }
    const losses = (run: string) => linesOf(run).map(({ step, loss }) => [step, loss]);
    expect(losses(stopped)).toEqual(losses(out));
  });

  test("finetune: at debug level 2 every step is told", async () => {
    vi.stubEnv("CODET5_DEBUG", "2");
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await finetune("translate", pairs, pathOf("told"), "--max-steps", "2");
    const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
    write.mockRestore();
    vi.unstubAllEnvs();
    const step = /^codet5: step (\d): loss [\d.]+, gradient norm [\d.]+, \d+ tokens\/s$/gm;
    expect([...text.matchAll(step)].map(([, number]) => number)).toEqual(["1", "2"]);
  });

  test("finetune: a finished run resumed does nothing and says so", async () => {
    const before = weightsOf(join(out, "checkpoint"));
    const { code, stdout } = await finetune("translate", pairs, out, ...flags, "--resume");
    expect(code).toBe(0);
    expect(stdout).toContain("8 steps: all steps done");
    expect(weightsOf(join(out, "checkpoint")).equals(before)).toBe(true);
  });

  test("finetune: the classification head, --quiet", async () => {
    const run = pathOf("classes");
    const words = ["--head", "defect", "--max-steps", "3", "--quiet"];
    const { code, stdout, stderr } = await finetune("vulnerability", samples, run, ...words);
    expect(code).toBe(0);
    expect(stdout).toContain("3 steps: all steps done");
    // a warning is said all the same
    expect(stderr).toMatch(/^(longer than the limit and cut: .*\n){2}$/);
    expect((await loadModel(join(run, "best"))).head).toBe("defect");
    expect(linesOf(run).at(-1)).toMatchObject({ event: "validation", rocAuc: expect.any(Number) });
  });

  test("finetune: from a checkpoint, with its tokenizer", async () => {
    const start = pathOf("start");
    await saveTinyModel(start);
    const run = pathOf("tuned");
    const words = ["--model", start, "--max-steps", "2", "--head", "generation"];
    const { code } = await finetune("vulnerability", samples, run, ...words);
    expect(code).toBe(0);
    const { optimizer, warmupSteps } = readJson(join(run, "config.json"));
    expect({ optimizer, warmupSteps }).toEqual({ optimizer: "adamw", warmupSteps: 1000 });
    const [before, after] = [await loadTokenizer(start), await loadTokenizer(join(run, "best"))];
    expect(after.definition).toEqual(before.definition);
  });
});

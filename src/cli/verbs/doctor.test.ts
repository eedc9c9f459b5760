import { cpSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import type { Tensor } from "../../base/index.ts";
import { readCheckpoint, readTensor, writeCheckpoint } from "../../checkpoint/index.ts";
import { createModel, saveModel } from "../../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

const machine = ["Node.js", "cores", "memory", "disk", "ONNX Runtime", "PyTorch"];

test("doctor: this machine is fit, and the result says so in JSON", async () => {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"]);
  const { ok, findings } = JSON.parse(stdout);
  expect({ code, stderr, ok }).toEqual({ code: 0, stderr: "", ok: true });
  const checks = findings.map(({ check }: { check: string }) => check);
  expect(checks).toEqual(machine);
});

test("doctor: prints a table", async () => {
  const { code, stdout } = await runCli(["doctor"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^check +status +detail\n/);
  expect(stdout).toMatch(/ONNX Runtime +ok +\d+\.\d+\.\d+ on cpu/);
});

describe("doctor: a model folder", () => {
  const root = mkdtempSync(join(tmpdir(), "codet5-doctor-"));
  const whole = join(root, "whole");
  let numCopies = 0;

  beforeAll(async () => {
    const config = {
      vocab_size: 40,
      d_model: 8,
      d_kv: 4,
      d_ff: 16,
      num_layers: 1,
      num_heads: 2,
      eos_token_id: 2,
    };
    await saveModel(createModel("t5", config, { seed: 1 }), whole);
  });

  async function examine(spoil: (folder: string) => void) {
    const folder = join(root, `copy${numCopies++}`);
    cpSync(whole, folder, { recursive: true });
    spoil(folder);
    const { code, stdout } = await runCli(["doctor", folder, "--json"]);
    const findings = JSON.parse(stdout).findings.slice(machine.length);
    const lines = findings.map(({ check, status, detail }: Record<string, string>) => {
      return `${check} ${status}: ${detail!.replaceAll(folder, "<folder>")}`;
    });
    return [`exit ${code}`, ...lines].join("\n");
  }

  function spoilWeights(change: (tensors: Map<string, Tensor>) => void) {
    return (folder: string) => {
      const { tensors } = readCheckpoint(folder);
      const values = new Map([...tensors].map(([name, stored]) => [name, readTensor(stored)]));
      change(values);
      writeCheckpoint(folder, values);
    };
  }

  test("a whole folder passes all checks but for its missing tokenizer", async () => {
    expect(await examine(() => undefined)).toMatchInlineSnapshot(`
      "exit 0
      files ok: model.safetensors, config.json, generation_config.json; 9.9 kB of weights; 3 checksums agree
      config ok: t5 for generation, 1+1 layers, d_model 8, 2 heads of 4, d_ff 16, vocabulary 40: 1,784 parameters
      tokenizer warning: none in this folder; text needs one
      weights ok: all 26 tensors with their shapes, F32, all finite
      memory ok: 14 kB to run, 29 kB and activations to train"
    `);
  });

  test("weights that are missing, misshapen, not finite or unknown are named", async () => {
    const name = "decoder.block.0.layer.1.EncDecAttention.q.weight";
    const spoil = spoilWeights((tensors) => {
      const { shape, data } = tensors.get(name)!;
      tensors.delete(name);
      tensors.set("q.weight", { shape, data });
      tensors.get("shared.weight")!.data[3] = Number.NaN;
      tensors.set("encoder.final_layer_norm.weight", { shape: [1, 8], data: data.slice(0, 8) });
    });
    const report = await examine(spoil);
    expect(report.split("\n").find((line) => line.startsWith("weights"))).toMatchInlineSnapshot(
      `"weights failed: shared.weight holds NaN at 3; encoder.final_layer_norm.weight is [1, 8] instead of [8]; decoder.block.0.layer.1.EncDecAttention.q.weight is missing (the nearest is decoder.block.0.layer.1.EncDecAttention.k.weight); and 1 more"`,
    );
  });

  test("a tokenizer must keep text whole and agree with the config", async () => {
    const options = { vocabSize: 261, numSentinels: 3 };
    const tokenizer = trainTokenizer(["int a;"], options);
    const report = await examine((folder) => saveTokenizer(tokenizer, folder));
    expect(report).toContain("tokenizer failed: 264 tokens, text survives the round trip; ");
    expect(report).toContain("the model knows 40 ids only");
    const fitting = await examine((folder) => {
      saveTokenizer(tokenizer, folder);
      const path = join(folder, "config.json");
      const config = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ ...config, vocab_size: 264 }));
    });
    expect(fitting).toContain("tokenizer ok: 264 tokens, text survives the round trip\n");
    expect(fitting).toContain("shared.weight is [40, 8] instead of [264, 8]");
  });

  test("a truncated file and a config of another model fail their checks only", async () => {
    const report = await examine((folder) => truncateSync(join(folder, "model.safetensors"), 5000));
    expect(report).toContain("files failed: ");
    expect(report).toContain("config ok: ");
    expect(report).toContain("weights skipped: ");
    const other = await examine((folder) => {
      const path = join(folder, "config.json");
      writeFileSync(path, readFileSync(path, "utf8").replace('"d_ff": 16', '"d_ff": 24'));
    });
    expect(other).toContain("wi.weight is [16, 8] instead of [24, 8]");
    expect(other).toContain("exit 1");
    const llama = await examine((folder) => {
      writeFileSync(join(folder, "config.json"), '{"model_type": "__proto__"}');
    });
    expect(llama).toContain("config failed: unknown model_type; expected: t5, llama");
    expect(llama).toContain('got: "__proto__"');
  });

  test("a folder that is not there is one line, and names its neighbour", async () => {
    const { code, stderr } = await runCli(["doctor", join(root, "nowhere")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^codet5: no model [^\n]*no such folder[^\n]*nearest folder[^\n]*\n$/);
  });
});

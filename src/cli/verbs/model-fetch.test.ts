import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { type FakeHub, startFakeHub } from "../../hub/fake-hub.test-data.ts";
import { createModel, saveModel } from "../../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-fetch-"));
const before = { ...process.env };
let hub: FakeHub;

beforeAll(async () => {
  hub = await startFakeHub();
  const folder = join(root, "model");
  const config = { vocab_size: 380, d_model: 8, d_kv: 4, d_ff: 16, num_layers: 1, num_heads: 2 };
  await saveModel(createModel("t5", { ...config, eos_token_id: 2 }, { seed: 1 }), folder);
  saveTokenizer(await trainTokenizer(["int a = b;"], { vocabSize: 380 }), folder);
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);
  hub.repositories["us/tiny"] = { files: Object.fromEntries(files) };
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_HUB_CACHE: join(root, "cache") });
  delete process.env.HF_HUB_OFFLINE;
});

afterAll(async () => {
  process.env = before;
  await hub.close();
});

test("model fetch: path and sizes as JSON, then nothing is left to fetch", async () => {
  const { code, stdout } = await runCli(["model", "fetch", "us/tiny", "--json"]);
  expect(code).toBe(0);
  const told = JSON.parse(stdout);
  expect(told.bytes).toBe(told.fetchedBytes);
  expect(readdirSync(told.folder)).toContain("model.safetensors");
  const again = await runCli(["model", "fetch", "us/tiny"]);
  expect(again.stdout).toMatch(/0 bytes of it fetched now|0 B of it fetched now/);
});

test("model fetch: what is no name, or nobody's, is one line", async () => {
  const odd = await runCli(["model", "fetch", "../x"]);
  expect(odd).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^codet5: not the name[^\n]*\n$/),
  });
  const nobody = await runCli(["model", "fetch", "us/none"]);
  expect(nobody.stderr).toMatch(/^codet5: the hub has no such model[^\n]*\n$/);
});

test("a name on the hub goes wherever a model folder goes", async () => {
  const generated = await runCli(
    ["generate", "--model", "us/tiny", "--max-length", "4", "--json"],
    { stdin: "int a" },
  );
  expect(generated.code).toBe(0);
  expect(JSON.parse(generated.stdout).results).toHaveLength(1);
  expect((await runCli(["model", "inspect", "us/tiny"])).code).toBe(0);
  expect((await runCli(["graph", "stats", "us/tiny", "--json"])).code).toBe(0);
  const wrong = await runCli(["generate", "--model", "us/tinny"], { stdin: "" });
  expect(wrong.stderr).toMatch(
    /"us\/tinny" is no folder here, and [^\n]*nearest [^\n]*us\/tiny\n$/,
  );
});

test("model fetch --info: licence, gate, size and what fits, without the hub", async () => {
  const before = hub.seen.length;
  const words = ["model", "fetch", "meta-llama/Meta-Llama-3-8B-Instruct", "--info"];
  const { code, stdout } = await runCli(words);
  expect(code).toBe(0);
  expect(stdout).toContain("licence     Llama 3 Community License");
  expect(stdout).toContain("agree at https://huggingface.co/meta-llama/Meta-Llama-3-8B-Instruct");
  expect(stdout).toContain("parameters  8030 million");
  const told = JSON.parse((await runCli([...words, "--json"])).stdout);
  expect(told).toMatchObject({ parameters: 8_030_261_248, diskBytes: 16_060_522_496 });
  const unknown = await runCli(["model", "fetch", "Salesforce/codet5-smal", "--info"]);
  expect(unknown.stderr).toMatch(
    /^codet5: nothing is known[^\n]*nearest is Salesforce\/codet5-small;/,
  );
  expect(hub.seen.length).toBe(before);
});

test("model fetch: a known gate is told with what to do about it", async () => {
  hub.repositories["meta-llama/Llama-3.2-1B"] = { files: {}, isGated: true };
  const { code, stderr } = await runCli(["model", "fetch", "meta-llama/Llama-3.2-1B", "--quiet"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^codet5: [^\n]*accept its licence: sign in, agree at https:[^\n]*\n$/);
});

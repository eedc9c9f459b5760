/** @file Fine-tuning the families beside T5: what they read, what is scored, and that they learn. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loadModel, type ModelType } from "../model/index.ts";
import { loadTokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { trainFields } from "../train/index.ts";
import { encodeExamples } from "./encode.ts";
import { generateTexts } from "./generate-texts.ts";
import { defaultHead, evaluateTask, finetune, startDefaults, tasks } from "./index.ts";
import { readerOf } from "./read-off.ts";

process.env.CODET5_THREADS = "1";
const scratch = mkdtempSync(join(tmpdir(), "codet5-families-"));
const data = join(scratch, "samples.jsonl");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Functions that are vulnerable where they call `strcpy`. */
beforeAll(() => {
  const lines = Array.from({ length: 200 }, (_, i) => {
    const label = i % 2;
    const code = `void f${i}(char *s) { char b[${i}]; ${label ? "strcpy" : "strlcpy"}(b, s); }`;
    const rest = { language: "c", cwe: null, pair: null, group: `g${i}`, source: "made" };
    return JSON.stringify({ id: `${i}`, code, label, ...rest });
  });
  writeFileSync(data, lines.join("\n"));
});

const shape = { dModel: 32, dKv: 16, dFf: 64, numLayers: 1, numHeads: 2, vocabSize: 500 };
const settings = z.object({ ...trainFields, seed: z.number() });

async function tuned(modelType: ModelType, out: string) {
  const task = tasks.vulnerability;
  const head = defaultHead(task, modelType);
  const train = settings.parse({
    ...{ seed: 1, batchSize: 16, epochs: 8, dropoutRate: 0 },
    ...startDefaults.scratch,
    warmupSteps: 5,
  });
  const job = { task, subTask: "", data, prompt: "", batchSize: 16, patience: 0 };
  await finetune({
    jobs: [{ ...job, maxSourceLength: 64, maxTargetLength: 5 }],
    ...{ samplingExponent: 1, out, resume: false, modelType, shape, train, config: {} },
    ...{ version: "0", splitSeed: 1, head, learnsPadding: false, scoreExamples: 50, scoreBeams: 1 },
  });
  return { model: await loadModel(join(out, "best")), head };
}

describe.each(["llama", "gpt2", "roberta"] as const)("%s", (modelType) => {
  test(`${modelType}: from scratch it learns to tell two calls apart`, async () => {
    const out = join(scratch, modelType);
    const { model, head } = await tuned(modelType, out);
    expect(model.modelType).toBe(modelType);
    expect(model.head).toBe(head);
    const { report, predictions } = await evaluateTask(
      tasks.vulnerability,
      model,
      await loadTokenizer(join(out, "best")),
      {
        ...{ data, subTask: "", splitSeed: 1, split: "test", prompt: "" },
        ...{ maxSourceLength: 64, maxTargetLength: 5, numBeams: 1, batchSize: 8 },
      },
    );
    expect(report.rocAuc).toBeGreaterThan(0.95);
    for (const { score } of predictions) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
    await model.release();
  }, 60_000);
});

test("encodeExamples: side by side both snippets have the prompt and one length, joined neither", () => {
  const tokenizer = trainTokenizer(["int add(int a, int b) { return a + b; }"], {
    vocabSize: 300,
    minFrequency: 1,
  });
  const example = { id: "1", source: "a + b", other: "int", target: "true", label: 1 } as const;
  const textOf = (head: "clone" | "generation") => {
    const reader = { padTokenId: tokenizer.padId!, isDecoderOnly: false };
    const lengths = { maxSourceLength: 20, maxTargetLength: 5, learnsPadding: false };
    const options = { ...reader, ...lengths, prompt: "add: ", readsPairs: head === "clone" };
    return tokenizer.decode(
      encodeExamples([example], tokenizer, head, options).examples[0]!.source,
    );
  };
  expect(textOf("clone")).toMatch(/^<s>add: a \+ b<\/s><s>add: int<\/s>(<pad>)+$/);
  expect(textOf("generation")).toBe("<s>add: a + b</s><s>int</s>");
});

describe("decoder-only models", () => {
  const tokenizer = trainTokenizer(["int add(int a, int b) { return a + b; }"], {
    vocabSize: 300,
    minFrequency: 1,
  });
  const options = {
    ...{ prompt: "", maxSourceLength: 24, maxTargetLength: 6, padTokenId: 0 },
    ...{ learnsPadding: false, isDecoderOnly: true, readsPairs: false },
  };

  test("encodeExamples: the answer alone is scored, at its own place, and ends the text", () => {
    const example = { id: "1", source: "int a;", target: "true", label: 1 } as const;
    const { examples } = encodeExamples([example], tokenizer, "generation", options);
    const [{ source, target, isAligned }] = examples as [(typeof examples)[number]];
    const labels = target as readonly number[];
    expect(isAligned).toBe(true);
    expect(labels).toHaveLength(source.length);
    const first = labels.findIndex((label) => label !== -100);
    expect(tokenizer.decode(source.slice(0, first))).toBe("<s>int a;\nAnswer:");
    expect(labels.slice(first)).toEqual(source.slice(first));
    expect(tokenizer.decode(source.slice(first))).toBe(" true</s>");
  });

  test("encodeExamples: a long source is cut before the question, and counted", () => {
    const example = { id: "1", source: "int a = b + a; ".repeat(40), target: "true" };
    const encoded = encodeExamples([example], tokenizer, "generation", options);
    expect(encoded.truncatedSources).toBe(1);
    const [{ source, target }] = encoded.examples as [(typeof encoded.examples)[number]];
    const question = source.filter((_, i) => (target as readonly number[])[i] === -100);
    expect(question).toHaveLength(24);
    expect(tokenizer.decode(question)).toMatch(/\nAnswer:$/);
  });

  test("encodeExamples: of two snippets each is cut by itself", () => {
    const long = "int a = b + a; ".repeat(40);
    const example = { id: "1", source: long, other: "return b;", target: "true" };
    const { examples, truncatedSources } = encodeExamples(
      [example],
      tokenizer,
      "generation",
      options,
    );
    expect(truncatedSources).toBe(1);
    const [{ source }] = examples as [(typeof examples)[number]];
    expect(tokenizer.decode(source)).toMatch(/^<s>int a[\s\S]*\n\nreturn b;\nAnswer: true<\/s>$/);
  });

  test("encodeExamples: a limit with no room for a source is refused", () => {
    const example = { id: "1", source: "int a;", target: "true" };
    const short = { ...options, maxSourceLength: 4 };
    expect(() => encodeExamples([example], tokenizer, "generation", short)).toThrow(/no room/);
  });

  test("generateTexts: what was read is not repeated", async () => {
    const model = await loadModel(join(scratch, "llama", "best"));
    const own = await loadTokenizer(join(scratch, "llama", "best"));
    expect(readerOf(model).isDecoderOnly).toBe(true);
    const sources = ["f", "void f3(char *s) { char b[3]; strcpy(b, s); }"];
    const texts = await generateTexts(
      model,
      own,
      sources.map((source) => ({ source })),
      { ...options, maxSourceLength: 64, numBeams: 1, batchSize: 2 },
    );
    for (const text of texts) expect(["true", "false"]).toContain(text);
    await model.release();
  });
});

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildCorpus, corpusSettingsSchema } from "../data/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import { openLabModel } from "./families.ts";
import { poolOfSamples, poolsOfCorpus } from "./general-pool.ts";
import { scratchFolder, tinyExperiment, tinyModel, tinySamples } from "./tiny-lab.test-data.ts";

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("poolOfSamples: code with its identifiers, no label and no docstring", async () => {
  const samples = tinySamples(1);
  const tokenizer = await loadTokenizer(await tinyModel(folder));
  const pool = await poolOfSamples(samples, tokenizer);
  expect(pool.length).toBe(samples.length);
  const { code, docstring, identifiers } = pool.example(0);
  expect(docstring).toBe("");
  const names = Array.from({ length: identifiers.length / 2 }, (_, i) =>
    code.slice(identifiers[2 * i], identifiers[2 * i + 1]),
  );
  expect(names.length).toBeGreaterThan(2);
  expect(names.every((name) => /^\w+$/.test(name))).toBe(true);
  expect(pool.numTokens(0)).toBe(tokenizer.encodeIds(code, { addSpecialTokens: false }).length);
});

test("openLabModel: general code may come from a corpus, in the fold's languages alone", async () => {
  const sources = join(folder, "sources");
  const endings = { java: "java", python: "py", go: "go" } as const;
  for (const [i, { code, language }] of tinySamples(20).entries()) {
    const ending = endings[language as keyof typeof endings];
    if (ending === undefined) continue;
    const project = join(sources, `p${i}`);
    mkdirSync(project, { recursive: true });
    const text = language === "java" ? `class A${i} {\n${code}\n}\n` : code;
    writeFileSync(join(project, `a.${ending}`), text);
  }
  const corpus = join(folder, "corpus");
  const model = join(folder, "t5");
  await buildCorpus({
    ...{ folders: [sources], out: corpus, tokenizer: model, overwrite: false, numThreads: 0 },
    settings: corpusSettingsSchema.parse({ validation: 0.3, test: 0, minLines: 1, minTokens: 4 }),
  });
  const tokenizer = await loadTokenizer(model);
  const pools = poolsOfCorpus(corpus, ["java", "python"], tokenizer);
  const languages = Array.from({ length: pools.train.length }, (_, i) => pools.train.language(i));
  expect(new Set(languages)).toEqual(new Set(["java", "python"]));
  pools.close();
  expect(() => poolsOfCorpus(corpus, ["rust"], tokenizer)).toThrow(
    expect.objectContaining({ code: "lab.empty" }),
  );
  const experiment = tinyExperiment(model, "unused", { general: { corpus, maxTargetLength: 24 } });
  const lab = await openLabModel(experiment.models[0]!, experiment);
  const samples = tinySamples(2);
  const plan = await lab.plan({
    ...{ kind: "general", train: samples, validation: samples, languages: ["java"] },
    ...{ seed: 1, tokens: 300 },
  });
  expect(plan.steps).toBeGreaterThan(0);
});

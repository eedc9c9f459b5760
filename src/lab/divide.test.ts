import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { LabelledSample } from "../data/index.ts";
import { type LabRow, readDataSets } from "./data-sets.ts";
import { divide, openTests } from "./divide.ts";
import { parseExperiment } from "./experiment.ts";
import { foldsOf } from "./folds.ts";
import { scratchFolder, tinySamples, writeSamples } from "./tiny-lab.test-data.ts";

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samples = tinySamples(20);
const experimentOf = (path: string, changes: object = {}) =>
  parseExperiment(
    {
      name: "tiny",
      data: [{ name: "parallel", path }],
      languages: { train: ["java", "python"], unseen: ["go", "ruby"] },
      budget: { steps: 1 },
      validationShare: 0.25,
      testShare: 0.3,
      ...changes,
    },
    "tiny",
  );

async function divisionOf(path: string, changes: object = {}) {
  const experiment = experimentOf(path, changes);
  const [fold] = foldsOf(experiment);
  const { rows } = await readDataSets(experiment);
  const division = await divide(rows, fold!, experiment);
  return { division, open: () => openTests(division, fold!, experiment) };
}

/** A folder as `data split` writes it: programs in turn to train, validation, test. */
function givenParts(name: string, change: (parts: LabelledSample[][]) => void): string {
  const parts: LabelledSample[][] = [[], [], []];
  const groups = [...new Set(samples.map(({ group }) => group))];
  for (const sample of samples) parts[groups.indexOf(sample.group) % 3]!.push(sample);
  change(parts);
  const path = join(folder, name);
  mkdirSync(path);
  const names = ["train", "validation", "test"];
  for (const [i, part] of parts.entries()) writeSamples(join(path, `${names[i]}.jsonl`), part);
  return path;
}

const javaOf = (part: readonly LabelledSample[]) =>
  part.find(({ language, label }) => language === "java" && label === 1)!;

test("divide: groups and pairs are whole, unseen languages are sealed", async () => {
  const path = writeSamples(join(folder, "all.jsonl"), samples);
  const { division, open } = await divisionOf(path);
  const { train, validation } = division;
  const languages = new Set([...train, ...validation].map(({ language }) => language));
  expect([...languages].sort()).toEqual(["java", "python"]);
  const { seenTest, unseen } = await open();
  const known = new Set([...train, ...validation].map(({ group }) => group));
  expect([...seenTest, ...unseen].some(({ group }) => known.has(group))).toBe(false);
  expect(new Set(unseen.map(({ language }) => language))).toEqual(new Set(["go", "ruby"]));
});

test("divide: given parts that share nothing are taken as they are", async () => {
  const { division, open } = await divisionOf(givenParts("clean", () => undefined));
  expect(division.train.every(({ given }) => given === "train")).toBe(true);
  expect((await open()).seenTest.length).toBeGreaterThan(0);
});

const asOther = (sample: LabelledSample, changes: Partial<LabelledSample>): LabelledSample => ({
  ...sample,
  id: "planted",
  group: "planted",
  pair: null,
  ...changes,
});

test.each([
  ["a duplicate", "exact copies", (one: LabelledSample) => asOther(one, {})],
  [
    "a renamed clone",
    "renamed copies",
    (one: LabelledSample) => {
      // its own name occurs where it is declared and nowhere else
      const [, name] = /(\w+)\s*\(/.exec(one.code)!;
      return asOther(one, { code: one.code.replaceAll(name!, "another") });
    },
  ],
  [
    "a pair",
    "members of one pair",
    (one: LabelledSample) => asOther(one, { pair: one.pair, code: "int f;" }),
  ],
  [
    "a group",
    "samples of one group",
    (one: LabelledSample) => asOther(one, { group: one.group, code: "int f;" }),
  ],
])("divide: %s planted across given parts is refused", async (name, got, plant) => {
  for (const [from, to] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const path = givenParts(`${name} ${from} ${to}`, (parts) => {
      parts[to]!.push(plant(javaOf(parts[from]!)));
    });
    await expect(divisionOf(path)).rejects.toMatchObject({
      code: "lab.leak",
      details: { got: expect.stringContaining(got) },
    });
  }
});

test("divide: an unseen language's copy of a training sample is refused where given, dropped where not", async () => {
  const plant = (one: LabelledSample) => asOther(one, { language: "go" });
  const path = givenParts("unseen copy", (parts) => {
    parts[2]!.push(plant(javaOf(parts[0]!)));
  });
  await expect(divisionOf(path)).rejects.toMatchObject({ code: "lab.leak" });
  const clean = writeSamples(join(folder, "clean.jsonl"), samples);
  const { division } = await divisionOf(clean);
  const trained = javaOf(division.train);
  const planted = writeSamples(join(folder, "planted.jsonl"), [...samples, plant(trained)]);
  const { unseen, dropped } = await (await divisionOf(planted)).open();
  expect(unseen.some(({ id }) => id === "planted")).toBe(false);
  expect(dropped["tied: exact"]).toBe(1);
});

test("divide: samples for evaluation only are never trained on", async () => {
  const path = writeSamples(join(folder, "first.jsonl"), samples.slice(0, 96));
  const other = writeSamples(join(folder, "second.jsonl"), samples.slice(96));
  const data = [
    { name: "first", path },
    { name: "second", path: other, role: "evaluation-only" },
  ];
  const { division, open } = await divisionOf(path, { data });
  const isFirst = ({ data: name }: LabRow) => name === "first";
  expect([...division.train, ...division.validation].every(isFirst)).toBe(true);
  const { seenTest } = await open();
  expect(seenTest.some((row) => !isFirst(row))).toBe(true);
});

test("divide: a limit takes whole groups, of each language about as many", async () => {
  const path = writeSamples(join(folder, "limited.jsonl"), samples);
  const { division } = await divisionOf(path, { limits: { train: 10 } });
  const { train, validation, sealed } = division;
  const seen = [...train, ...validation, ...sealed.filter(({ language }) => language === "java")];
  expect(train.filter(({ language }) => language === "java").length).toBeLessThanOrEqual(10);
  expect(seen.every(({ pair }) => pair !== null)).toBe(true);
});

test("divide: a limit on tests is drawn of what is left when ties to training are dropped", async () => {
  const path = writeSamples(join(folder, "limited-tests.jsonl"), samples);
  const unseenOf = async (limits: object) => {
    const { division, open } = await divisionOf(path, { limits });
    const { unseen } = await open();
    const known = new Set([...division.train, ...division.validation].map(({ group }) => group));
    expect(unseen.some(({ group }) => known.has(group))).toBe(false);
    return unseen.filter(({ language }) => language === "go").length;
  };
  const left = await unseenOf({});
  expect(left).toBeGreaterThan(4);
  expect(await unseenOf({ test: left })).toBe(left);
  expect(await unseenOf({ test: 4 })).toBe(4);
});

test("divide: a training part with one class only is refused", async () => {
  const vulnerable = samples.filter(({ label }) => label === 1);
  const path = writeSamples(join(folder, "one-class.jsonl"), vulnerable);
  await expect(divisionOf(path)).rejects.toMatchObject({
    code: "lab.oneClass",
    details: { got: expect.stringMatching(/^\d+ vulnerable, 0 safe$/) },
  });
});

test("readDataSets: ids that two data sets share are told apart", async () => {
  const path = writeSamples(join(folder, "twice.jsonl"), samples.slice(0, 8));
  const data = [
    { name: "one", path },
    { name: "two", path },
  ];
  const { rows } = await readDataSets(experimentOf(path, { data }));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(16);
  expect(rows.at(-1)!.id).toBe(`two/${samples[7]!.id}`);
});

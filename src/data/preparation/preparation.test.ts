/** @file Copies, families and the three ways to divide, on small sets made by hand. */
import { expect, test } from "vitest";
import { ConfigError, DataError } from "../../base/index.ts";
import type { LabelledRow, LabelledSample } from "../labelled-samples.ts";
import { generateParallelCorpus } from "../parallel-corpus/index.ts";
import { copySets } from "./copies.ts";
import { dataStats, divideByDate, divideByGroup, divideByLanguage, removeCopies } from "./index.ts";

function sample(id: string, code: string, more: Partial<LabelledSample> = {}): LabelledSample {
  const rest = {
    language: "java",
    label: 0,
    cwe: null,
    pair: null,
    group: id,
    source: "own",
  } as const;
  return { id, code, ...rest, ...more };
}

const original = `int total(int[] prices) {
  int sum = 0;
  for (int price : prices) { sum += price * 3; }
  if (sum > 100) { sum = sum - 10; }
  return sum;
}`;
const spaced = original.replaceAll("\n", "\n\n");
const renamed = original.replaceAll("sum", "amount").replaceAll("price", "cost");
const swapped = original
  .replace("sum = sum - 10", "price = price - 10")
  .replace("price * 3", "sum * 3");
const nearly = original.replace("100", "250");
const other = `String name(User user) { return user.first() + " " + user.last().trim(); }`;

const codes = [original, spaced, renamed, nearly, other, swapped];
const samples = codes.map((code, index) => sample(`s${index}`, code));

test("copySets: each level finds more copies than the last", async () => {
  expect([...(await copySets(samples, "exact"))]).toEqual([0, 0, 2, 3, 4, 5]);
  expect([...(await copySets(samples, "renamed"))]).toEqual([0, 0, 0, 3, 4, 5]);
  expect([...(await copySets(samples, "near", 0.6))].slice(0, 5)).toEqual([0, 0, 2, 0, 4]);
});

test("copySets: a language without a grammar has exact copies only", async () => {
  const strange = samples.map((one) => ({ ...one, language: "cobol" }));
  expect([...(await copySets(strange, "renamed"))]).toEqual([0, 0, 2, 3, 4, 5]);
});

test("copySets: another library call is no renamed copy, another name of the function is", async () => {
  const python = ["def a(x):\n  return yaml.load(x)", "def b(y):\n  return yaml.load(y)"].concat([
    "def c(x):\n  return yaml.safe_load(x)",
    "def d(x):\n  return md5(x)",
    "def e(x):\n  return sha1(x)",
  ]);
  const drawn = python.map((code, i) => sample(String(i), code, { language: "python" }));
  expect([...(await copySets(drawn, "renamed"))]).toEqual([0, 0, 2, 3, 4]);
});

test("removeCopies: no pair of the parallel corpus is equal but for names", async () => {
  const corpus = generateParallelCorpus({
    seed: 8,
    count: 104,
    languages: ["javascript", "python"],
  });
  const removal = await removeCopies(corpus, { level: "renamed" });
  expect(removal).toMatchObject({ contradictions: 0, otherHalves: 0 });
  expect(removal.kept).toHaveLength(corpus.length);
});

test("removeCopies: the first copy stays, and its counts add up", async () => {
  const { kept, copies } = await removeCopies(samples, { level: "near", nearness: 0.6 });
  expect(kept.map(({ id }) => id)).toEqual(["s0", "s4"]);
  expect(copies).toEqual({ exact: 1, renamed: 1, near: 2 });
});

test("removeCopies: a vulnerable function and its fixed form do not remove each other", async () => {
  const pair = [sample("a", original, { label: 1, pair: "p" }), sample("b", nearly, { pair: "p" })];
  expect((await removeCopies(pair, { level: "near", nearness: 0.6 })).kept).toHaveLength(2);
});

test("removeCopies: code with both labels goes, and the other half of its pair with it", async () => {
  const torn = [
    sample("a", original, { label: 1, pair: "p" }),
    sample("b", other, { pair: "p" }),
    sample("c", spaced, { label: 0 }),
    sample("d", nearly),
  ];
  const removal = await removeCopies(torn, { level: "exact" });
  expect(removal.kept.map(({ id }) => id)).toEqual(["d"]);
  expect(removal).toMatchObject({ contradictions: 2, otherHalves: 1, contradicted: ["a"] });
});

/** Twenty families in two languages; a copy ties the first two, a pair the next two. */
const many: LabelledRow[] = Array.from({ length: 20 }, (_, index) => index).flatMap((index) =>
  ["java", "go"].map((language, place) => ({
    ...sample(
      `${index}-${language}`,
      index < 2 && place === 0 ? original : `f${index}_${language}(${index})`,
    ),
    language,
    label: (index % 2) as 0 | 1,
    pair: index === 2 || index === 3 ? `pair-${language}` : null,
    group: index < 10 ? `g${index}` : `g${index}-${language}`,
    date: `2024-01-${String(index + 1).padStart(2, "0")}`,
  })),
);

const shares = { validation: 0.2, test: 0.2, seed: 3, level: "exact" } as const;

function partsWith(parts: Readonly<Record<string, readonly LabelledSample[]>>, groups: string[]) {
  return Object.values(parts).filter((part) => part.some(({ group }) => groups.includes(group)));
}

test("divideByGroup: a planted duplicate and a pair do not straddle the parts", async () => {
  const { parts } = await divideByGroup(many, shares);
  expect(Object.values(parts).flat()).toHaveLength(many.length);
  expect(partsWith(parts, ["g0", "g1"])).toHaveLength(1);
  expect(partsWith(parts, ["g2", "g3"])).toHaveLength(1);
  expect(parts.test.length).toBeGreaterThanOrEqual(6);
  const reversed = await divideByGroup([...many].reverse(), shares);
  expect(new Set(reversed.parts.test)).toEqual(new Set(parts.test));
});

test("divideByLanguage: no language and no family is on both sides", async () => {
  const { parts, dropped } = await divideByLanguage(many, ["golang"], { ...shares, test: 0.5 });
  const learned = [...parts.train, ...parts.validation];
  expect(new Set(learned.map(({ language }) => language))).toEqual(new Set(["java"]));
  expect(new Set(parts.test.map(({ language }) => language))).toEqual(new Set(["go"]));
  const groups = new Set(learned.map(({ group }) => group));
  expect(parts.test.filter(({ group }) => groups.has(group))).toEqual([]);
  expect(parts.validation.length).toBeGreaterThan(0);
  // of ten families in both languages each loses one side
  expect(dropped).toEqual({ "family on the other side": 10 });
  expect(learned.length + parts.test.length).toBe(30);
});

test("divideByLanguage: languages that are not there, or all that are, are refused", async () => {
  for (const unseen of [["rust"], ["go", "java"]]) {
    await expect(divideByLanguage(many, unseen, shares)).rejects.toThrow(ConfigError);
  }
});

test("divideByDate: nothing that is trained on is newer than what is tested on", async () => {
  const { parts } = await divideByDate(many, "date", shares);
  const newest = (part: readonly LabelledRow[]) => part.map((row) => String(row.date)).sort();
  expect(newest(parts.train).at(-1)! < newest(parts.validation)[0]!).toBe(true);
  expect(newest(parts.validation).at(-1)! < newest(parts.test)[0]!).toBe(true);
  expect(parts.test.length).toBe(8);
  await expect(divideByDate(many, "when", shares)).rejects.toThrow(DataError);
  const undated = [{ ...many[0]!, date: "yesterday" }];
  await expect(divideByDate(undated, "date", shares)).rejects.toThrow(/without a date/);
});

test("dataStats: counts labels, pairs, copies and contradictions", () => {
  const stats = dataStats([
    sample("a", original, { label: 1, pair: "p", cwe: "CWE-89" }),
    sample("b", nearly, { pair: "p", cwe: "CWE-89" }),
    sample("c", spaced, { language: "go", pair: "q" }),
  ]);
  expect(stats).toMatchObject({
    samples: 3,
    labels: { safe: 2, vulnerable: 1 },
    groups: 3,
    pairs: 1,
    oddPairs: 1,
    languages: { go: { safe: 1, vulnerable: 0 }, java: { safe: 1, vulnerable: 1 } },
    cwes: { "CWE-89": { safe: 1, vulnerable: 1 }, none: { safe: 1, vulnerable: 0 } },
    copies: 1,
    contradictions: 1,
  });
  expect(stats.lengths.vulnerable.median).toBe(stats.lengths.vulnerable.max);
});

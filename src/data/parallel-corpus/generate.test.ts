import { expect, test } from "vitest";
import { ConfigError } from "../../base/index.ts";
import { languages, leafTokens, loadGrammar } from "../../syntax/index.ts";
import {
  corpusCwes,
  corpusLanguages,
  generateParallelCorpus,
  type ParallelSample,
} from "./index.ts";

const samples = generateParallelCorpus({ seed: 5, count: 312 });

function groupBy(keyOf: (sample: ParallelSample) => string): Map<string, ParallelSample[]> {
  const groups = new Map<string, ParallelSample[]>();
  for (const sample of samples) {
    const key = keyOf(sample);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key)!.push(sample);
  }
  return groups;
}

test("generateParallelCorpus: a seed gives the same samples again, from any start", () => {
  const again = generateParallelCorpus({ seed: 5, count: 10 });
  expect(again).toEqual(samples.slice(0, again.length));
  const later = generateParallelCorpus({ seed: 5, count: 3, start: 7 });
  expect(later).toEqual(again.slice(-later.length));
  expect(generateParallelCorpus({ seed: 6, count: 10 })[0]!.code).not.toBe(again[0]!.code);
});

test("generateParallelCorpus: every weakness is there, in every language that has it", () => {
  expect(corpusCwes).toHaveLength(13);
  const lacking: Record<string, readonly string[]> = {
    "CWE-502": ["c", "cpp", "go", "rust"],
    "CWE-611": ["rust"],
    "CWE-787": "go java javascript kotlin php python ruby typescript".split(" "),
    "CWE-190": "javascript php python ruby typescript".split(" "),
  };
  for (const [cwe, drawn] of groupBy((sample) => sample.cwe)) {
    const missing = corpusLanguages.filter((name) => !drawn.some((s) => s.language === name));
    expect(missing, cwe).toEqual(lacking[cwe] ?? []);
  }
  expect(new Set(samples.map(({ cwe }) => cwe)).size).toBe(13);
  expect(new Set(samples.map(({ family }) => family)).size).toBe(12);
  expect(new Set(samples.map(({ flow }) => flow)).size).toBe(8);
  expect(new Set(samples.flatMap(({ helpers }) => helpers)).size).toBe(3);
});

test("generateParallelCorpus: a pair is one program in one language, with label 1 and with label 0", () => {
  const pairs = groupBy((sample) => sample.pair);
  expect(pairs.size * 2).toBe(samples.length);
  for (const [first, second] of pairs.values()) {
    expect(first!.label + second!.label).toBe(1);
    expect(first!.code).not.toBe(second!.code);
    const { group, cwe, family, flow, language } = first!;
    expect(second).toMatchObject({ group, cwe, family, flow, language });
  }
  expect(new Set(samples.map(({ code }) => code)).size).toBe(samples.length);
  expect(new Set(samples.map(({ id }) => id)).size).toBe(samples.length);
});

test("generateParallelCorpus: the two forms of a pair have the same tokens, as many of each", () => {
  const tokensOf = (code: string) => (code.match(/\w+|[^\s\w]/g) ?? []).sort().join(" ");
  const unequal = [...groupBy((sample) => sample.pair)].filter(
    ([, [first, second]]) => tokensOf(first!.code) !== tokensOf(second!.code),
  );
  expect(unequal.map(([pair]) => pair)).toEqual([]);
});

test("generateParallelCorpus: neither the place in a pair nor its position tells the label", () => {
  const firsts = samples.filter(({ id }) => id.endsWith("-0"));
  const share = firsts.filter(({ label }) => label === 1).length / firsts.length;
  expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
});

test.each(corpusLanguages)("generateParallelCorpus: %s parses without error", async (language) => {
  expect(Object.keys(languages)).toContain(language);
  const grammar = await loadGrammar(language);
  const written = samples.filter((sample) => sample.language === language);
  const broken = written.filter(({ code }) => leafTokens(grammar, code).hasError);
  expect(broken.map(({ code }) => code)).toEqual([]);
  expect(written.length).toBeGreaterThan(380);
});

test("generateParallelCorpus: languages and weaknesses must be known and go together", () => {
  const asked = (options: object) => () =>
    generateParallelCorpus({ seed: 1, count: 1, ...options });
  expect(asked({ languages: ["go"] })()).toHaveLength(2);
  const wrong = [
    { languages: [] },
    { languages: ["cobol"] },
    { languages: ["go", "go"] },
    { cwes: ["CWE-1"] },
    { languages: ["go"], cwes: ["CWE-787"] },
    { count: -1 },
    { start: 0.5 },
  ];
  for (const options of wrong) expect(asked(options), JSON.stringify(options)).toThrow(ConfigError);
});

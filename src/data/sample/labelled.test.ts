import { expect, test } from "vitest";
import { ConfigError } from "../../base/index.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { splitByGroup } from "../split.ts";
import { generateLabelledSamples } from "./index.ts";

const samples = generateLabelledSamples({ seed: 5, count: 1000 });
const wordsOf = (code: string): string[] => code.match(/[A-Za-z_]\w*/g) ?? [];

test("generateLabelledSamples: a seed gives the same samples again", () => {
  const again = generateLabelledSamples({ seed: 5, count: 20 });
  expect(again).toEqual(samples.slice(0, again.length));
  expect(generateLabelledSamples({ seed: 6, count: 20 })).not.toEqual(again);
});

test("generateLabelledSamples: as many vulnerable as not, in every language and for every weakness", () => {
  const balance = new Map<string, number>();
  for (const { language, cwe, label } of samples) {
    for (const key of [language, cwe!]) {
      balance.set(key, (balance.get(key) ?? 0) + (label === 1 ? 1 : -1));
    }
  }
  expect(balance.size).toBe(4 + 7);
  expect([...balance.values()].every((surplus) => surplus === 0)).toBe(true);
});

test("generateLabelledSamples: a pair is the two forms of one program in one language", () => {
  const pairs = new Map<string, LabelledSample[]>();
  for (const sample of samples) {
    pairs.set(sample.pair!, [...(pairs.get(sample.pair!) ?? []), sample]);
  }
  expect(pairs.size * 2).toBe(samples.length);
  for (const [first, second] of [...pairs.values()] as [LabelledSample, LabelledSample][]) {
    expect(first.label + second.label).toBe(1);
    expect(first.code).not.toBe(second.code);
    expect([second.group, second.language, second.cwe]).toEqual([
      first.group,
      first.language,
      first.cwe,
    ]);
  }
});

test("generateLabelledSamples: a split by group leaks no code and no program", () => {
  const { splits, duplicates } = splitByGroup(samples, {
    validation: 0.1,
    test: 0.2,
    seed: 1,
    stratifyByLanguage: false,
  });
  expect(duplicates.across).toEqual([]);
  const groups = new Set(splits.train.map((sample) => sample.group));
  expect(splits.test.some((sample) => groups.has(sample.group))).toBe(false);
  expect(new Set(samples.map((sample) => sample.code)).size).toBe(samples.length);
  expect(new Set(samples.map((sample) => sample.id)).size).toBe(samples.length);
});

test("generateLabelledSamples: no word in the code or the id tells the label", () => {
  const telling = /^(un)?safe|vulner|^bad|^good|^weak|^strong|danger|sanit|^taint|attack|patched/i;
  const secure = /^(in)?secure$/i;
  const found = samples.flatMap(({ id, code }) => {
    // literals of random letters may spell anything
    const written = code.replace(/"[A-Za-z2-9]{8,20}"/g, '""');
    const parts = [id, ...wordsOf(written)].flatMap((word) => word.split(/_|(?=[A-Z][a-z])/));
    return parts.filter((part) => telling.test(part) || secure.test(part));
  });
  expect([...new Set(found)]).toEqual(["Secure"]); // of SecureRandom
  expect(samples.every(({ code }) => !/\bsecure/i.test(code.replaceAll("SecureRandom", "")))).toBe(
    true,
  );
});

/** JavaScript words of the places where the two forms differ. */
const siteWords = new Set(
  "md5 sha1 sha256 sha384 sha512 Math random trunc floor crypto randomInt process env execSync execFileSync sh c existsSync fs startsWith sep resolve path escapeHtml he encode parseInt String endsWith trim toUpperCase toLowerCase".split(
    " ",
  ),
);

/** What an onlooker sees who knows none of the weaknesses: words and length. */
function impression({ code }: LabelledSample): string[] {
  const words = wordsOf(code).filter((word) => !siteWords.has(word));
  return [...new Set(words), `length ${Math.round(code.length / 40)}`];
}

/** Accuracy of naive Bayes on impressions. */
function guess(train: readonly LabelledSample[], held: readonly LabelledSample[]): number {
  const counts = new Map<string, [number, number]>();
  for (const sample of train) {
    for (const word of impression(sample)) {
      const count = counts.get(word) ?? [1, 1];
      count[sample.label] += 1;
      counts.set(word, count);
    }
  }
  const right = held.filter((sample) => {
    const odds = impression(sample).map((word) => counts.get(word) ?? ([1, 1] as const));
    const score = odds.reduce((sum, [no, yes]) => sum + Math.log(yes / no), 0);
    return score > 0 === (sample.label === 1);
  });
  return right.length / held.length;
}

test("generateLabelledSamples: names and length outside the weak place tell next to nothing", () => {
  const drawn = generateLabelledSamples({ seed: 1, count: 2000, languages: ["javascript"] });
  const accuracy = guess(drawn.slice(0, 2800), drawn.slice(2800));
  expect(accuracy).toBeGreaterThan(0.4);
  expect(accuracy).toBeLessThan(0.58);
});

const sizeOf = ({ code }: LabelledSample): number => code.match(/\w+|[^\s\w]/g)!.length;

test("generateLabelledSamples: code has about 120 tokens or fewer, 90 if it is to be easy", () => {
  const easy = generateLabelledSamples({ seed: 5, count: 100, difficulty: 1 });
  expect(Math.max(...samples.map(sizeOf))).toBeLessThan(130);
  expect(Math.max(...easy.map(sizeOf))).toBeLessThan(100);
});

/** Probability that a vulnerable sample is longer than one that is not; ties count half. */
function lengthAuc(drawn: readonly LabelledSample[]): number {
  const of = (label: number) => drawn.filter((sample) => sample.label === label).map(sizeOf);
  const [no, yes] = [of(0), of(1)];
  const wins = yes.flatMap((a) => no.map((b) => (a > b ? 1 : a === b ? 0.5 : 0) as number));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

test("generateLabelledSamples: length tells next to nothing, in any language, for any weakness", () => {
  const drawn = generateLabelledSamples({ seed: 2, count: 1000 });
  const parts = new Map<string, LabelledSample[]>();
  for (const sample of drawn) {
    for (const part of [sample.language, `${sample.language} ${sample.cwe}`]) {
      if (!parts.has(part)) parts.set(part, []);
      parts.get(part)!.push(sample);
    }
  }
  expect(parts.size).toBe(4 * (1 + 7));
  for (const [name, part] of parts) {
    const most = name.includes(" ") ? 0.15 : 0.05;
    expect(Math.abs(lengthAuc(part) - 0.5), name).toBeLessThan(most);
  }
});

test("generateLabelledSamples: languages must be known, each named once", () => {
  const asked = (languages: readonly string[]) => () =>
    generateLabelledSamples({ seed: 1, count: 1, languages: languages as ["java"] });
  expect(asked(["java", "python"])()).toHaveLength(4);
  for (const wrong of [[], ["cobol"], ["java", "java"]]) expect(asked(wrong)).toThrow(ConfigError);
});

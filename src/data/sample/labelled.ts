/** @file Labelled samples: one abstract program with a weakness and without, in every language asked for. */
import { ConfigError, Random } from "../../base/index.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { type Difficulty, startDraw } from "./draw.ts";
import { checkRange, type GenerateOptions } from "./generate.ts";
import { type SampleLanguage, sampleLanguages } from "./program.ts";
import { renderProgram } from "./render.ts";
import { drawForms, type TwoForms, weaknesses } from "./weaknesses/index.ts";

/** What to generate: `count` programs, each two samples in each of the languages. */
export interface LabelledOptions extends GenerateOptions {
  /** All that the generator can write if absent. */
  readonly languages?: readonly SampleLanguage[];
}

interface Weak extends TwoForms {
  readonly cwe: string;
  /** Which form is listed first. */
  readonly isRemediedFirst: boolean;
}

/** The most tokens of the Java form, which is the longest: both forms, or none, are short enough. */
const longest: Readonly<Record<Difficulty, number>> = { 1: 90, 2: 120, 3: 200 };

/** Neither form of the program is too long in any language. */
const isShort = (weak: TwoForms, difficulty: Difficulty): boolean =>
  [weak.vulnerable, weak.remedied].every(
    (form) => renderProgram(form, "java").match(/\w+|[^\s\w]/g)!.length <= longest[difficulty],
  );

function drawWeak(seed: number, index: number, attempt: number, difficulty: Difficulty): Weak {
  // no weakness becomes rarer because its programs are refused more often
  const weakness = new Random(seed, "weakness", index).pick(weaknesses);
  const random = new Random(seed, "program", index, attempt);
  const isRemediedFirst = random.uniform() < 0.5;
  return {
    ...drawForms(startDraw(random, difficulty), weakness),
    cwe: weakness.cwe,
    isRemediedFirst,
  };
}

function samplesOf(weak: Weak, group: string, language: SampleLanguage): LabelledSample[] {
  const pair = `${group}-${language}`;
  const labels = weak.isRemediedFirst ? ([0, 1] as const) : ([1, 0] as const);
  return labels.map((label, place) => ({
    id: `${pair}-${place}`,
    language,
    code: renderProgram(label === 1 ? weak.vulnerable : weak.remedied, language),
    label,
    cwe: weak.cwe,
    pair,
    group,
    source: "sample",
  }));
}

/**
 * Functions with a known weakness (label 1) and the same functions without it (label 0), as many of
 * either. Samples of one program, in whatever language, share a `group`; a split by group leaks
 * nothing, as no code occurs twice in the result.
 * @throws ConfigError `sample.count`, `sample.languages`
 */
export function generateLabelledSamples(options: LabelledOptions): LabelledSample[] {
  checkRange(options);
  const { seed, count, start = 0, difficulty = 2, languages = sampleLanguages } = options;
  checkLanguages(languages);
  const seen = new Set<string>();
  const samples: LabelledSample[] = [];
  for (let index = start; index < start + count; index++) {
    const group = `sample-${seed}-${index}`;
    for (let attempt = 0; ; attempt++) {
      const weak = drawWeak(seed, index, attempt, difficulty);
      if (!isShort(weak, difficulty)) continue;
      const drawn = languages.flatMap((language) => samplesOf(weak, group, language));
      if (drawn.some(({ code }) => seen.has(code))) continue;
      for (const { code } of drawn) seen.add(code);
      samples.push(...drawn);
      break;
    }
  }
  return samples;
}

function checkLanguages(languages: readonly string[]): void {
  const isKnown = languages.every((name) => (sampleLanguages as readonly string[]).includes(name));
  if (isKnown && languages.length > 0 && new Set(languages).size === languages.length) return;
  throw new ConfigError("sample.languages", "cannot write samples in these languages", {
    expected: `some of ${sampleLanguages.join(", ")}, each once`,
    got: languages.join(", ") || "none",
  });
}

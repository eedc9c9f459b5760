/** @file Functions and translation pairs, each a pure function of the seed and its position. */
import { ConfigError, Random } from "../../base/index.ts";
import { type Difficulty, startDraw } from "./draw.ts";
import { type Drawn, pickFamily } from "./families/index.ts";
import { type FunctionDecl, type SampleLanguage, sampleLanguages } from "./program.ts";
import { canFlatten, flattenCode, renderProgram } from "./render.ts";

/** What to generate. */
export interface GenerateOptions {
  /** Any integer; the same seed gives the same samples on every machine. */
  readonly seed: number;
  /** How many, >= 0. */
  readonly count: number;
  /** Position of the first sample in the seed's endless sequence; 0 if absent. */
  readonly start?: number;
  /** 1 short functions, 2 usual, 3 long; 2 if absent. */
  readonly difficulty?: Difficulty;
}

/** One abstract program written in every language, with a sentence about it. */
export interface SampleFunction {
  readonly id: string;
  /** The family it was drawn from, e.g. `collect-loop`. */
  readonly family: string;
  /** One line of English. */
  readonly description: string;
  /** Indented source text per language. */
  readonly code: Readonly<Record<SampleLanguage, string>>;
}

/** The same function in two languages. */
export interface TranslationPair {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

/** What to translate, and whether on one line. */
export interface TranslationOptions extends GenerateOptions {
  readonly source: SampleLanguage;
  readonly target: SampleLanguage;
  /** `line` as in CodeXGLUE's files, where both languages allow it; `pretty` keeps lines; `line` if absent. */
  readonly layout?: "line" | "pretty";
}

/** An abstract function with its place in the sequence. */
export interface AbstractFunction extends Drawn {
  readonly id: string;
  readonly family: string;
}

/** The program at one position of a seed's sequence, not yet written in any language. */
export function drawFunction(
  seed: number,
  index: number,
  difficulty: Difficulty,
): AbstractFunction {
  const random = new Random(seed, "function", index);
  const family = pickFamily(random);
  const drawn = family.draw(startDraw(random, difficulty));
  return { id: `function-${seed}-${index}`, family: family.name, ...drawn };
}

/** @throws ConfigError `sample.count` when count or start is no whole number >= 0 */
export function checkRange({ count, start = 0 }: GenerateOptions): void {
  for (const [where, value] of Object.entries({ count, start })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new ConfigError("sample.count", "cannot generate this many samples", {
      expected: "a whole number >= 0",
      got: String(value),
      where,
    });
  }
}

function* abstractFunctions(options: GenerateOptions): Generator<AbstractFunction> {
  checkRange(options);
  const { seed, count, start = 0, difficulty = 2 } = options;
  for (let i = start; i < start + count; i++) yield drawFunction(seed, i, difficulty);
}

/**
 * Functions one by one; `count` may be `Number.MAX_SAFE_INTEGER`, nothing is made ahead of its use.
 * @throws ConfigError `sample.count`
 */
function* functions(options: GenerateOptions): Generator<SampleFunction> {
  for (const { id, family, description, functions: decls } of abstractFunctions(options)) {
    const code = Object.fromEntries(
      sampleLanguages.map((language) => [language, renderProgram(decls, language)]),
    ) as Record<SampleLanguage, string>;
    yield { id, family, description, code };
  }
}

/**
 * Small functions, each in every language.
 * @throws ConfigError `sample.count`
 */
export const generateFunctions = (options: GenerateOptions): SampleFunction[] => [
  ...functions(options),
];

/**
 * Pairs one by one, as {@link generateTranslationPairs}.
 * @throws ConfigError `sample.count`, `sample.layout`
 */
export function* translationPairs(options: TranslationOptions): Generator<TranslationPair> {
  const { source, target, layout } = options;
  const isLine = layout === "line" || (layout === undefined && [source, target].every(canFlatten));
  if (isLine) for (const language of [source, target]) requireFlat(language);
  const write = (functions: readonly FunctionDecl[], language: SampleLanguage) => {
    const code = renderProgram(functions, language);
    return isLine ? flattenCode(code) : code;
  };
  for (const { id, functions } of abstractFunctions(options)) {
    yield { id, source: write(functions, source), target: write(functions, target) };
  }
}

/**
 * The same functions in two languages: on one line each, as in CodeXGLUE, where both languages allow it.
 * @throws ConfigError `sample.count`; `sample.layout` when one line is asked of a language that shows
 *   its blocks by indentation
 */
export const generateTranslationPairs = (options: TranslationOptions): TranslationPair[] => [
  ...translationPairs(options),
];

function requireFlat(language: SampleLanguage): void {
  if (canFlatten(language)) return;
  throw new ConfigError("sample.layout", `${language} cannot be written on one line`, {
    expected: `one of ${sampleLanguages.filter(canFlatten).join(", ")}`,
    got: language,
    help: 'ask for layout "pretty"',
  });
}

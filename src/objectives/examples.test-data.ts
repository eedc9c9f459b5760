/** @file Functions in several languages and made-up examples for tests, a tokenizer trained on the former. */
import fc from "fast-check";
import { type Tokenizer, trainTokenizer } from "../tokenizer/index.ts";
import type { ObjectiveExample } from "./index.ts";

const keywords = new Set(
  (
    "public private static final int void return new for if else def end func function const let var " +
    "string bool self this class fn mut val fun in range float double char not and or null None true"
  ).split(" "),
);

/** An example whose identifiers are found by a regular expression. */
export function exampleOf(language: string, docstring: string, code: string): ObjectiveExample {
  const ranges: number[] = [];
  for (const { index, 0: name } of code.matchAll(/(?<![\w$])[A-Za-z_$][\w$]*/g)) {
    if (!keywords.has(name)) ranges.push(index, index + name.length);
  }
  return { language, docstring, code, identifiers: Int32Array.from(ranges) };
}

/** Functions as they are written, with and without a docstring. */
export const functions: readonly ObjectiveExample[] = [
  exampleOf(
    "java",
    "Adds a value to the running total and returns the new total.\n@param value what to add",
    "public static int addToTotal(int value, List<Integer> seen) {\n    total_ += value;\n    seen.add(value);\n\n    for (int i = 0; i < seen.size(); i++) {\n        if (seen.get(i) == value) { return total_; }\n    }\n    return total_ >= 0 ? total_ : -1;\n}\n",
  ),
  exampleOf(
    "python",
    "Return the pairs of words that stand next to each other.",
    "def word_pairs(words, *, limit=None):\n    pairs = []\n    for i in range(1, len(words)):\n        if limit is not None and len(pairs) >= limit:\n            break\n        pairs.append((words[i - 1], words[i]))  # naïve, 你好 🤗\n    return pairs",
  ),
  exampleOf(
    "javascript",
    "",
    "function debounce$1(callback, delay = 250) {\n\tlet timer = null;\n\treturn (...args) => {\n\t\tclearTimeout(timer);\n\t\ttimer = setTimeout(() => callback?.(...args), delay);\n\t};\n}",
  ),
  exampleOf(
    "go",
    "Max returns the larger of two numbers.",
    'func Max(a, b float64) (float64, error) {\r\n\tif a != a || b != b {\r\n\t\treturn 0, errors.New("not a number")\r\n\t}\r\n\tif a > b {\r\n\t\treturn a, nil\r\n\t}\r\n\treturn b, nil\r\n}\r\n',
  ),
  exampleOf(
    "csharp",
    "<summary>Reads <c>count</c> items.</summary>",
    'public IEnumerable<string> Read(int count) { while (count-- > 0) { yield return reader.ReadLine() ?? ""; } }',
  ),
];

/** Text that looks like special tokens, of all kinds of white space, and beyond the BMP. */
const fragments = [
  ..." |  |\n|\n\n    |\t|\r\n|(|)|();|{|}|==|->|...|'s|\"|foo|foo_|bar1|_|__init__|$x|x|value|return| if ".split(
    "|",
  ),
  ..."é|naïve|你好|🤗|👩‍👩‍👧|𝕏|x\u0300|\u00a0|\u3000|\u0085|\ufeff|\u200d|\u2028|\u0000|Ⅷ|½".split(
    "|",
  ),
  ..."<s>|</s>|<pad>|<unk>| <mask>|<extra_id_0>| <extra_id_1>\n|<extra_id_99>|<extra_id_|<java> |<en> ".split(
    "|",
  ),
];

const isWhole = (text: string) => !/\p{Surrogate}/u.test(text);

/** Hostile text without lone surrogates. */
export const mixedText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...fragments) },
      { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
    ),
    { maxLength: 80 },
  )
  .map((parts) => parts.join(""))
  .filter(isWhole);

/** Made-up examples and whole functions, one after the other so that some exceed the limits. */
export const anyExample: fc.Arbitrary<ObjectiveExample> = fc.oneof(
  fc.record({ docstring: mixedText, code: mixedText }).map(({ docstring, code }) => {
    return exampleOf("java", docstring, code);
  }),
  fc
    .record({ picked: fc.constantFrom(...functions), times: fc.integer({ min: 1, max: 6 }) })
    .map(({ picked, times }) => {
      return exampleOf(picked.language, picked.docstring, `${picked.code}\n`.repeat(times));
    }),
);

/** Small enough to cut, large enough for whole functions. */
export const anyOptions = fc.record({
  seed: fc.integer(),
  maxSourceLength: fc.constantFrom(8, 20, 64, 150, 512),
  maxTargetLength: fc.constantFrom(8, 16, 64, 256),
});

/** Merges learnt from {@link functions}; sentinels as CodeT5 has them unless told otherwise. */
export function tokenizerOf(numSentinels = 100): Tokenizer {
  const texts = functions.flatMap(({ docstring, code }) => [docstring, code]);
  return trainTokenizer(texts, { vocabSize: 400, minFrequency: 2, numSentinels });
}

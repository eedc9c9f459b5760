/**
 * @file Code translation: parallel text files in CodeXGLUE's layout. Source and target as they are, no
 * prompt (the authors' released scripts set none). salesforce/CodeT5@7de7f69 `sh/run_exp.py`.
 */
import { ConfigError, nearest } from "../base/index.ts";
import { readTranslate, translateDirections, translatePaths } from "../data/index.ts";
import { metrics } from "../metrics/index.ts";
import { generateTexts } from "./generate-texts.ts";
import type { Task, TaskData } from "./task.ts";

type TranslateDirection = keyof typeof translateDirections;

function directionNamed(name: string): TranslateDirection {
  const names = Object.keys(translateDirections) as TranslateDirection[];
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new ConfigError("task.direction", "unknown translation direction", {
    expected: names.join(", "),
    got: name,
    help: `did you mean ${nearest(name, names)}?`,
  });
}

async function readData(folder: string, direction: TranslateDirection): Promise<TaskData> {
  const data = await readTranslate(folder, direction);
  const numbered = (split: keyof typeof data) =>
    data[split].map((example, i) => ({ id: String(i), ...example }));
  const paths = Object.values(translatePaths(folder, direction));
  return {
    splits: {
      train: numbered("train"),
      validation: numbered("validation"),
      test: numbered("test"),
    },
    files: paths.flatMap(({ source, target }) => [source, target]),
  };
}

export const translate: Task = {
  version: 1,
  summary: "translate code between Java and C#",
  layout: "a folder with {train,valid,test}.java-cs.txt.{java,cs}, one function per line",
  heads: ["generation"],
  hasThreshold: false,
  defaults: {
    learningRate: 5e-5,
    batchSize: 16,
    maxSourceLength: 320,
    maxTargetLength: 256,
    epochs: 100,
    patience: 5,
  },
  selection: { metric: "bleuPlusExactMatch", direction: "higher" },
  read: ({ data, direction }) => readData(data, directionNamed(direction)),
  score: async (model, tokenizer, examples, options) => {
    const texts = await generateTexts(
      model,
      tokenizer,
      examples.map(({ source }) => source),
      options,
    );
    const references = examples.map(({ target }) => target);
    const bleu = metrics.bleu.compute(texts, references);
    const exactMatch = metrics.exactMatch.compute(texts, references);
    return {
      report: { bleu, exactMatch, bleuPlusExactMatch: bleu + exactMatch },
      predictions: examples.map(({ id }, i) => ({ id, prediction: texts[i]! })),
    };
  },
};

/** @file Folds: which languages a training may read, and which it never does. */
import { normalizeLanguage } from "../data/index.ts";
import type { Experiment } from "./experiment.ts";
import type { FoldName } from "./records.ts";

/** One way to divide the languages. */
export interface Fold {
  readonly name: FoldName;
  readonly train: readonly string[];
  readonly unseen: readonly string[];
}

/** Languages that are left out with another: a sample of the one is nearly one of the other. */
const dialects: Readonly<Record<string, string>> = { typescript: "javascript" };

/** The folds of an experiment: its languages as given, and each of those trained on left out in turn. */
export function foldsOf({ folds, languages }: Pick<Experiment, "folds" | "languages">): Fold[] {
  const train = languages.train.map(normalizeLanguage);
  const unseen = languages.unseen.map(normalizeLanguage);
  const all: Fold[] = folds.includes("default") ? [{ name: "default", train, unseen }] : [];
  if (!folds.includes("leave-one-out")) return all;
  const root = (language: string) => {
    const other = dialects[language];
    return other !== undefined && train.includes(other) ? other : language;
  };
  const turns = [...new Set(train.map(root))].map((left): Fold => {
    return {
      name: `leave-out:${left}`,
      train: train.filter((language) => root(language) !== left),
      unseen: train.filter((language) => root(language) === left),
    };
  });
  return [...all, ...turns];
}

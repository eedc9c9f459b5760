/** @file Which samples are asked together: a panel is a question, its entries are languages. */
import { findPairs } from "../../metrics/index.ts";
import { type FoldName, type LabSample, smallLanguage } from "../records.ts";
import { type Answers, drawGroups, type GroupResamples, type Slice } from "../statistics/index.ts";
import { type CellAnswers, isOfFold, type LabFolder } from "./lab-folder.ts";

/** The question: languages that no training of the default fold read, those left out in turn, those read. */
export type PanelKind = "unseen" | "left-out" | "seen";

/** One language of a panel. */
export interface PanelEntry {
  readonly language: string;
  readonly fold: FoldName;
  readonly samples: readonly LabSample[];
  readonly slice: Slice;
  readonly positives: number;
  readonly numGroups: number;
  /** Too few samples, or one label only: reported, not averaged. */
  readonly isLeftOut: boolean;
}

/** The languages of one question on one data set. */
export interface Panel {
  readonly data: string;
  readonly kind: PanelKind;
  readonly entries: readonly PanelEntry[];
  readonly resamples: GroupResamples;
}

const questions: Readonly<Record<PanelKind, (one: LabSample, fold: FoldName) => boolean>> = {
  unseen: ({ part }, fold) => part === "unseen" && fold === "default",
  "left-out": ({ part }, fold) => part === "unseen" && fold !== "default",
  seen: ({ part }, fold) => part === "seen-test" && fold === "default",
};

/** How often groups are drawn, and from which seed. */
export interface Resampling {
  readonly numResamples: number;
  readonly seed: number;
}

/** The panels of a lab that hold samples, data set by data set. */
export function panelsOf(lab: LabFolder, { numResamples, seed }: Resampling): readonly Panel[] {
  const folds = [...new Set(lab.cells.map((one) => one.fold))];
  const datasets = [...new Set(lab.samples.map(({ data }) => data))];
  return datasets.flatMap((data) => {
    const samples = lab.samples.filter((one) => one.data === data);
    const numbers = new Map([...new Set(samples.map(({ group }) => group))].map((g, i) => [g, i]));
    const resamples = drawGroups(numbers.size, numResamples, seed);
    return (Object.keys(questions) as PanelKind[]).flatMap((kind): Panel[] => {
      const entries = folds.flatMap((fold) => entriesOf(samples, kind, fold, numbers));
      return entries.length === 0 ? [] : [{ data, kind, entries, resamples }];
    });
  });
}

function entriesOf(
  samples: readonly LabSample[],
  kind: PanelKind,
  fold: FoldName,
  numbers: ReadonlyMap<string, number>,
): PanelEntry[] {
  const asked = samples.filter((one) => isOfFold(one, fold) && questions[kind](one, fold));
  const languages = [...new Set(asked.map(({ language }) => language))].sort();
  return languages.map((language) => {
    const own = asked.filter((one) => one.language === language);
    const slice = sliceOf(own, numbers);
    const positives = slice.labels.reduce<number>((sum, label) => sum + label, 0);
    const isOneClass = positives === 0 || positives === own.length;
    return {
      ...{ language, fold, slice, positives },
      samples: own,
      numGroups: new Set(slice.groups).size,
      isLeftOut: isOneClass || own.length < smallLanguage,
    };
  });
}

function sliceOf(samples: readonly LabSample[], numbers: ReadonlyMap<string, number>): Slice {
  const labels = samples.map(({ label }) => label);
  const pairs = findPairs(
    samples.map(({ pair }) => pair),
    labels,
  );
  return { labels, groups: Uint32Array.from(samples, ({ group }) => numbers.get(group)!), pairs };
}

/** What a trained model said of an entry's samples. */
export function answersOf({ facts, scoreOf }: CellAnswers, samples: readonly LabSample[]): Answers {
  const { threshold, strictThreshold, temperature } = facts;
  const scores = samples.map(({ id }) => scoreOf.get(id)!);
  return { scores, threshold, strictThreshold, temperature };
}

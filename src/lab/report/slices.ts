/** @file Error slices: where an adaptation errs, by weakness, length, truncation, source and pairing. */
import { alwaysPositiveF1, binaryScores, confusion, rocAuc } from "../../metrics/index.ts";
import type { LabSample } from "../records.ts";
import type { Arm, PanelAnalysis } from "./analysis.ts";
import { type Block, table } from "./document.ts";
import type { CellAnswers, LabFolder } from "./lab-folder.ts";
import { count, fixed, percent } from "./number-text.ts";
import { armText } from "./verdict.ts";

/** One sample with what each seed says of it. */
export interface Judged {
  readonly sample: LabSample;
  /** By seed: the cell and its score. */
  readonly answers: readonly { readonly cell: CellAnswers; readonly score: number }[];
}

/** All samples of a panel as an arm's seeds judge them. */
export function judgedBy(lab: LabFolder, { panel }: PanelAnalysis, arm: Arm): readonly Judged[] {
  return panel.entries.flatMap(({ fold, samples }) => {
    const cells = lab.cells.filter(
      (one) =>
        one.model === arm.model &&
        one.adaptation === arm.adaptation &&
        one.fold === fold &&
        arm.seeds.includes(one.seed),
    );
    return samples.map((sample) => ({
      sample,
      answers: cells.map((cell) => ({ cell, score: cell.scoreOf.get(sample.id)! })),
    }));
  });
}

/** Upper ends of the bands of length, in words. */
const bands = [64, 128, 256, 512, Number.POSITIVE_INFINITY];

function bandOf(tokens: number): string {
  const place = bands.findIndex((end) => tokens <= end);
  const from = place === 0 ? 1 : bands[place - 1]! + 1;
  const to = bands[place]!;
  return Number.isFinite(to) ? `${from}–${to} words` : `over ${bands[place - 1]} words`;
}

interface Dimension {
  readonly name: string;
  valueOf(judged: Judged): string;
}

/** What the trainings read is the same for all seeds: the first says. */
const factsOf = ({ answers }: Judged) => answers[0]!.cell.facts;
/** Of a cell's truncated samples. */
const truncated = new WeakMap<object, ReadonlySet<string>>();

function isTruncated(judged: Judged): boolean {
  const facts = factsOf(judged);
  let ids = truncated.get(facts);
  if (ids === undefined) {
    ids = new Set(facts.truncatedIds);
    truncated.set(facts, ids);
  }
  return ids.has(judged.sample.id);
}

const dimensions: readonly Dimension[] = [
  {
    name: "weakness",
    valueOf: (judged) => {
      const { cwe } = judged.sample;
      if (cwe === null) return "no weakness named";
      return factsOf(judged).trainCwes.includes(cwe) ? "seen in training" : "not seen in training";
    },
  },
  { name: "length", valueOf: ({ sample }) => bandOf(sample.tokens) },
  {
    name: "cut to the model's length",
    valueOf: (judged) => (isTruncated(judged) ? "cut" : "whole"),
  },
  { name: "source", valueOf: ({ sample }) => sample.source },
  { name: "pair", valueOf: ({ sample }) => (sample.pair === null ? "alone" : "in a pair") },
];

/** Table of the slices of one arm over all languages of a panel. */
export function sliceTable(lab: LabFolder, analysis: PanelAnalysis, arm: Arm): Block {
  const judged = judgedBy(lab, analysis, arm);
  const rows = dimensions.flatMap((dimension) => {
    const slices = new Map<string, Judged[]>();
    for (const one of judged) {
      const value = dimension.valueOf(one);
      if (!slices.has(value)) slices.set(value, []);
      slices.get(value)!.push(one);
    }
    return [...slices]
      .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
      .map(([value, slice]) => [`${dimension.name}: ${value}`, ...sliceCells(slice)]);
  });
  const headers = [
    "slice",
    "samples",
    "vulnerable",
    "F1",
    "floor",
    "recall",
    "false alarms",
    "AUC",
  ];
  return table(
    `Where ${armText(arm)} errs (${analysis.panel.data}, all languages together), mean over seeds`,
    headers,
    rows,
  );
}

function sliceCells(slice: readonly Judged[]): string[] {
  const labels = slice.map(({ sample }) => sample.label);
  const positives = labels.reduce<number>((sum, label) => sum + label, 0);
  const seeds = slice[0]!.answers.map((_, seed) => {
    const scores = slice.map(({ answers }) => answers[seed]!.score);
    const predicted = slice.map(({ answers }) => {
      const { cell, score } = answers[seed]!;
      return score >= cell.facts.threshold ? 1 : 0;
    });
    const { f1, recall } = binaryScores(predicted, labels);
    const { falsePositives } = confusion(predicted, labels);
    return {
      f1,
      recall,
      alarms: falsePositives / (labels.length - positives),
      auc: rocAuc(scores, labels),
    };
  });
  const mean = (of: (one: (typeof seeds)[number]) => number) =>
    seeds.reduce((sum, one) => sum + of(one), 0) / seeds.length;
  const hasPositive = positives > 0;
  const orNone = (value: number) => fixed(hasPositive ? value : Number.NaN);
  return [
    ...[count(labels.length), count(positives), orNone(mean(({ f1 }) => f1))],
    orNone(hasPositive ? alwaysPositiveF1(labels) : Number.NaN),
    ...[orNone(mean(({ recall }) => recall)), fixed(mean(({ alarms }) => alarms))],
    fixed(mean(({ auc }) => auc)),
  ];
}

/** How many inputs were cut, by label: a model that sees less of one label has another task. */
export function truncationTable(lab: LabFolder, analysis: PanelAnalysis): Block {
  const rows = analysis.arms.map((arm) => {
    const judged = judgedBy(lab, analysis, arm);
    const share = (label: 0 | 1) => {
      const of = judged.filter(({ sample }) => sample.label === label);
      const cut = of.filter(isTruncated).length;
      return `${count(cut)} of ${count(of.length)} (${percent(cut / of.length)})`;
    };
    return [armText(arm), share(1), share(0)];
  });
  return table(
    `Inputs cut to the model's length (${analysis.panel.data})`,
    ["", "vulnerable", "safe"],
    rows,
  );
}

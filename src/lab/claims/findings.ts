/** @file Findings: one figure with its interval, from one piece of evidence. */
import { baselineModel } from "../records.ts";
import { type Arm, compareModels, type PanelAnalysis } from "../report/index.ts";
import { meanInterval } from "../statistics/index.ts";
import type { Evidence, LabEvidence, RunsEvidence } from "./evidence.ts";

/** A figure that speaks for a claim when all of its interval is above `bar`. */
export interface Finding {
  /** What was measured, in words. */
  readonly what: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of the difference to the bar, by itself; NaN for a count, which has no chance in it. */
  readonly pValue: number;
  readonly bar: number;
  /** Where it was read. */
  readonly path: string;
}

/** What figures of runs are about. */
export type FigureKind = "understanding" | "generation";

/** Of each kind, the figure looked at: the first that a report has. */
const leading: Readonly<Record<FigureKind, readonly string[]>> = {
  understanding: ["rocAuc", "f1", "macroF1", "accuracy"],
  generation: ["codeBleu", "bleu", "smoothedBleu", "exactMatch"],
};

/** `translate bleu` is the figure `bleu` of `translate`. */
const taskOfFigure = (name: string) => name.split(" ").slice(0, -1).join(" ");

/** The leading figure of each task in a report. */
function figuresOf(report: Readonly<Record<string, number>>, kind: FigureKind): string[] {
  const tasks = [...new Set(Object.keys(report).map(taskOfFigure))];
  return tasks.flatMap((task) => {
    const named = (figure: string) => (task === "" ? figure : `${task} ${figure}`);
    const found = leading[kind].map(named).find((name) => Object.hasOwn(report, name));
    return found === undefined ? [] : [found];
  });
}

/**
 * One arm less another, seed by seed, with Student's interval of the mean.
 * @param belongs the tasks asked for; undefined: any
 */
export function armDifferences(
  runs: readonly RunsEvidence[],
  [first, second]: readonly [first: string, second: string],
  kind: FigureKind,
  belongs: (task: string) => boolean = () => true,
): readonly Finding[] {
  return runs.flatMap(({ path, outcomes, task }) => {
    const sample = outcomes.find(({ arm }) => arm === first);
    const names = sample === undefined ? [] : figuresOf(sample.report, kind);
    return names.flatMap((name) => {
      const of = taskOfFigure(name) || task || taskByFigure(name);
      const gaps = belongs(of) ? gapsOf(outcomes, first, second, name) : [];
      if (gaps.length === 0) return [];
      const what = `${of}: ${name.split(" ").at(-1)}, ${first} less ${second}, ${gaps.length} seeds`;
      return [{ what, ...meanInterval(gaps), bar: 0, path }];
    });
  });
}

/** Only summaries are scored so. */
function taskByFigure(name: string): string {
  return name === "smoothedBleu" ? "summarize" : "unnamed task";
}

function gapsOf(
  outcomes: RunsEvidence["outcomes"],
  first: string,
  second: string,
  name: string,
): number[] {
  const figure = (arm: string, seed: number) =>
    outcomes.find((one) => one.arm === arm && one.seed === seed)?.report[name];
  const seeds = outcomes.filter(({ arm }) => arm === first).map(({ seed }) => seed);
  return seeds.flatMap((seed) => {
    const [a, b] = [figure(first, seed), figure(second, seed)];
    return a === undefined || b === undefined ? [] : [a - b];
  });
}

/** Families by what they are made of. */
export const architectures: Readonly<
  Record<"encoder-decoder" | "encoder-only" | "decoder-only", readonly string[]>
> = {
  "encoder-decoder": ["t5"],
  "encoder-only": ["roberta", "bert"],
  "decoder-only": ["gpt2", "llama", "mistral", "mixtral", "qwen2", "gemma"],
};

/** Panels by how much they say of understanding: languages that were trained on come first. */
const byWorth = ["seen", "unseen", "left-out"] as const;

/** The panel of each data set that says most. */
function panelsFor({ analyses }: LabEvidence): readonly PanelAnalysis[] {
  const datasets = [...new Set(analyses.map(({ panel }) => panel.data))];
  return datasets.flatMap((data) => {
    const own = analyses.filter(({ panel }) => panel.data === data);
    const kind = byWorth.find((one) => own.some(({ panel }) => panel.kind === one));
    return own.filter(({ panel }) => panel.kind === kind);
  });
}

function isEncoderDecoder({ familyOf }: LabEvidence, model: string): boolean {
  return architectures["encoder-decoder"].includes(familyOf.get(model) ?? "");
}

/** ROC AUC of encoder-decoders less that of other models, all trained on security, macro over languages. */
export function modelDifferences(
  { labs }: Evidence,
  isOther: (family: string, model: string) => boolean,
  seed: number,
): readonly Finding[] {
  return labs.flatMap((lab) =>
    panelsFor(lab).flatMap((analysis) => {
      const models = [...new Set(analysis.arms.map(({ model }) => model))];
      const ours = models.filter((model) => isEncoderDecoder(lab, model));
      const others = models.filter((model) => isOther(lab.familyOf.get(model) ?? "", model));
      const pairs = ours.flatMap((first) => others.map((second) => [first, second] as const));
      return pairs.flatMap(([first, second]): Finding[] => {
        const lift = compareModels(lab.folder, analysis, [first, second], seed);
        if (lift?.macro === undefined) return [];
        const { value, low, high, pValue } = lift.macro.rocAuc;
        const { data, kind } = analysis.panel;
        const what = `ROC AUC, ${first} less ${second}, ${kind} languages of ${data}`;
        return [{ what, value, low, high, pValue, bar: 0, path: lab.path }];
      });
    }),
  );
}

/** Is it the bag-of-words baseline? */
export const isBaseline = (_family: string, model: string) => model === baselineModel;

/** Pairs told right less pairs told the wrong way round, of encoder-decoders trained on security. */
export function pairLeads({ labs }: Evidence): readonly Finding[] {
  const isAsked = (lab: LabEvidence, { model, adaptation }: Arm) =>
    adaptation === "security" && isEncoderDecoder(lab, model);
  return labs.flatMap((lab) =>
    lab.analyses.flatMap(({ panel, arms }) =>
      arms
        .filter((arm) => isAsked(lab, arm))
        .flatMap(({ model, pairLead }): Finding[] => {
          if (pairLead === undefined) return [];
          const { value, low, high, pValue } = pairLead;
          const what = `P-C less P-R, ${model}, ${panel.kind} languages of ${panel.data}`;
          return [{ what, value, low, high, pValue, bar: 0, path: lab.path }];
        }),
    ),
  );
}

/** A score of model cards, mean over languages, as a share. */
export function cardScores(
  { cards }: Evidence,
  score: "taggingF1" | "identifierAccuracy",
  bar: number,
): readonly Finding[] {
  return cards.flatMap(({ path, languages }) => {
    const values = languages.map((one) => one[score] / 100).filter(Number.isFinite);
    if (values.length === 0) return [];
    const { value, low, high } = meanInterval(values);
    const { pValue } = meanInterval(values.map((one) => one - bar));
    const what = `mean over ${values.length} languages`;
    return [{ what, value, low, high, pValue, bar, path }];
  });
}

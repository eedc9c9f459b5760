/** @file All figures of a lab: by panel, model, adaptation and language, with intervals, lifts and verdicts. */
import { alwaysPositiveF1, holm, type McNemar } from "../../metrics/index.ts";
import { type Adaptation, adaptations, baselineModel, type FoldName } from "../records.ts";
import {
  type Answers,
  calibrationErrorOf,
  type Drawn,
  differences,
  type Estimate,
  estimateOf,
  type FigureName,
  type Figures,
  figuresOf,
  mapFigures,
  mcnemarOfSeeds,
  meanOf,
  type TrainingChance,
  trainingChance,
} from "../statistics/index.ts";
import type { CellAnswers, LabFolder } from "./lab-folder.ts";
import { answersOf, type Panel, type PanelEntry, panelsOf, type Resampling } from "./panels.ts";

export type Estimates = Readonly<Record<FigureName, Estimate>>;

/** One adaptation of a model on one language. */
export interface LanguageFigures {
  readonly language: string;
  readonly estimates: Estimates;
  /** Expected calibration error, the mean over seeds. */
  readonly calibrationError: number;
}

/** One adaptation of a model on a panel. */
export interface Arm {
  readonly model: string;
  readonly adaptation: Adaptation;
  readonly seeds: readonly number[];
  readonly languages: readonly LanguageFigures[];
  /** Plain mean over the languages that are averaged; absent when there is none. */
  readonly macro?: Estimates;
  /** Share of pairs told right less share told the wrong way round, mean over languages with pairs. */
  readonly pairLead?: Estimate;
}

/** A difference on one language. */
export interface LanguageLift {
  readonly language: string;
  readonly f1: Estimate;
  readonly rocAuc: Estimate;
  /** Holm over the languages, of the bootstrap's p-values of F1. */
  readonly adjusted: number;
  readonly mcnemar: McNemar;
}

/** A comparison over the languages of a panel, positive where `first` is better. */
export interface Lift {
  readonly first: ArmName;
  readonly second: ArmName;
  readonly languages: readonly LanguageLift[];
  readonly macro?: Readonly<Record<"f1" | "rocAuc", Estimate>>;
}

/** Which arm. */
export interface ArmName {
  readonly model: string;
  readonly adaptation: Adaptation;
}

/** A language of a panel, whatever a model says of it. */
export interface LanguageFacts {
  readonly language: string;
  readonly fold: FoldName;
  readonly samples: number;
  readonly positives: number;
  readonly groups: number;
  /** Fewer than 20 samples, or one label only. */
  readonly isLeftOut: boolean;
  /** F1 of always answering "vulnerable"; NaN without a vulnerable sample. */
  readonly floorF1: number;
}

/** Everything about a panel. */
export interface PanelAnalysis {
  readonly panel: Panel;
  readonly languages: readonly LanguageFacts[];
  readonly arms: readonly Arm[];
  readonly lifts: readonly Lift[];
}

/** An arm before its figures are estimated. */
interface DrawnArm extends ArmName {
  /** By entry: the cells, by seed. */
  readonly cells: readonly (readonly CellAnswers[])[];
  readonly answers: readonly (readonly Answers[])[];
  readonly figures: readonly (readonly Figures[])[];
}

/** What is set against what, where both are there: the first is the study's question. */
const comparisons: readonly (readonly [Adaptation, Adaptation | "baseline"])[] = [
  ["security", "general"],
  ["security", "zero-shot"],
  ["both", "general"],
  ["security", "baseline"],
];

/** A model's security training against another model's, where both are there. */
export function compareModels(
  lab: LabFolder,
  { panel }: PanelAnalysis,
  [first, second]: readonly [model: string, other: string],
  seed: number,
): Lift | undefined {
  const arms = armsOf(lab, panel).filter(({ adaptation }) => adaptation === "security");
  const [one, other] = [first, second].map((name) => arms.find(({ model }) => model === name));
  return one && other ? liftOf(panel, one, other, seed) : undefined;
}

/** Analyse a lab. @param settings resamples, and the seed of every random choice */
export function analyse(lab: LabFolder, settings: Resampling): readonly PanelAnalysis[] {
  return panelsOf(lab, settings).map((panel) => analysePanel(lab, panel, settings.seed));
}

function analysePanel(lab: LabFolder, panel: Panel, seed: number): PanelAnalysis {
  const drawn = armsOf(lab, panel);
  const lifts = drawn.flatMap((first) =>
    comparisons.flatMap(([adaptation, other]) => {
      if (first.adaptation !== adaptation || first.model === baselineModel) return [];
      const second = drawn.find((arm) =>
        other === "baseline"
          ? arm.model === baselineModel
          : arm.model === first.model && arm.adaptation === other,
      );
      return second === undefined ? [] : [liftOf(panel, first, second, seed)];
    }),
  );
  const languages = panel.entries.map(factsOf);
  return { panel, languages, arms: drawn.map((arm) => armOf(panel, arm, seed)), lifts };
}

function factsOf(entry: PanelEntry): LanguageFacts {
  const { language, fold, samples, positives, numGroups, isLeftOut, slice } = entry;
  return {
    ...{ language, fold, positives, isLeftOut },
    samples: samples.length,
    groups: numGroups,
    floorF1: positives === 0 ? Number.NaN : alwaysPositiveF1(slice.labels),
  };
}

/** The arms that answered every language of a panel; what lacks one is among the missing cells. */
function armsOf(lab: LabFolder, panel: Panel): readonly DrawnArm[] {
  const models = [...new Set(lab.cells.map(({ model }) => model))];
  return models.flatMap((model) =>
    adaptations.flatMap((adaptation): DrawnArm[] => {
      const cells = panel.entries.map(({ fold }) =>
        lab.cells.filter(
          (one) => one.model === model && one.adaptation === adaptation && one.fold === fold,
        ),
      );
      const seeds = commonSeeds(cells);
      if (seeds.length === 0) return [];
      const chosen = cells.map((list) => seeds.map((seed) => list.find((c) => c.seed === seed)!));
      const answers = panel.entries.map(({ samples }, i) =>
        chosen[i]!.map((one) => answersOf(one, samples)),
      );
      const figures = panel.entries.map(({ slice }, i) =>
        figuresOfSeeds(slice, answers[i]!, panel),
      );
      return [{ model, adaptation, cells: chosen, answers, figures }];
    }),
  );
}

/** Equal answers of several seeds (a model without training) are computed once. */
function figuresOfSeeds(
  slice: PanelEntry["slice"],
  answers: readonly Answers[],
  { resamples }: Panel,
): readonly Figures[] {
  const known: { answers: Answers; figures: Figures }[] = [];
  return answers.map((one) => {
    const same = known.find((other) => isSame(other.answers, one));
    if (same !== undefined) return same.figures;
    const figures = figuresOf(slice, one, resamples);
    known.push({ answers: one, figures });
    return figures;
  });
}

function isSame(a: Answers, b: Answers): boolean {
  return a.threshold === b.threshold && a.scores.every((score, i) => score === b.scores[i]);
}

function commonSeeds(cells: readonly (readonly CellAnswers[])[]): readonly number[] {
  const [first = [], ...others] = cells.map((list) => list.map(({ seed }) => seed));
  return first.filter((seed) => others.every((list) => list.includes(seed))).sort((a, b) => a - b);
}

function armOf(panel: Panel, arm: DrawnArm, seed: number): Arm {
  const { model, adaptation, cells, answers, figures } = arm;
  const chances = mapFigures((name) =>
    chanceOf(
      panel,
      figures.map((of) => pick(of, name)),
    ),
  );
  const estimate = (of: readonly Figures[]): Estimates =>
    mapFigures((name) => estimateOf(pick(of, name), seed, chances[name]));
  const languages = panel.entries.map(({ language, slice }, i) => ({
    language,
    estimates: estimate(figures[i]!),
    calibrationError: mean(answers[i]!.map((one) => calibrationErrorOf(slice, one))),
  }));
  const averaged = figures.filter((_, i) => !panel.entries[i]!.isLeftOut);
  const seeds = cells[0]!.map((one) => one.seed);
  const facts = { model, adaptation, seeds, languages };
  if (averaged.length === 0) return facts;
  const macro = mapFigures((name) => {
    const perLanguage = averaged.map((of) => pick(of, name));
    // pairs are not in every language
    const defined = perLanguage.filter((of) => of.every(({ value }) => !Number.isNaN(value)));
    return estimateOf(macroOf(defined.length > 0 ? defined : perLanguage), seed);
  });
  const leads = averaged
    .map((of) => differences(pick(of, "pairsCorrect"), pick(of, "pairsReversed")))
    .filter((of) => of.every(({ value }) => !Number.isNaN(value)));
  if (leads.length === 0) return { ...facts, macro };
  return { ...facts, macro, pairLead: estimateOf(macroOf(leads), seed) };
}

const pick = (of: readonly Figures[], name: FigureName): readonly Drawn[] =>
  of.map((one) => one[name]);

/** Training's chance, over the languages that are averaged; over all where none is. */
function chanceOf({ entries }: Panel, perLanguage: readonly (readonly Drawn[])[]): TrainingChance {
  const averaged = perLanguage.filter((_, i) => !entries[i]!.isLeftOut);
  return trainingChance(averaged.length > 0 ? averaged : perLanguage);
}

/** By seed, the mean over languages. */
function macroOf(perLanguage: readonly (readonly Drawn[])[]): readonly Drawn[] {
  return perLanguage[0]!.map((_, seed) => meanOf(perLanguage.map((of) => of[seed]!)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function liftOf(panel: Panel, first: DrawnArm, second: DrawnArm, seed: number): Lift {
  const gaps = (name: FigureName) =>
    panel.entries.map((_, i) =>
      differences(pick(first.figures[i]!, name), pick(second.figures[i]!, name)),
    );
  const [f1, rocAuc] = [gaps("f1"), gaps("rocAuc")];
  const estimates = f1.map((of) => estimateOf(of, seed, chanceOf(panel, f1)));
  const aucChance = chanceOf(panel, rocAuc);
  const adjusted = holm(
    estimates.map(({ pValue }, i) => (panel.entries[i]!.isLeftOut ? Number.NaN : pValue)),
  );
  const languages = panel.entries.map(({ language, slice }, i) => ({
    language,
    f1: estimates[i]!,
    rocAuc: estimateOf(rocAuc[i]!, seed, aucChance),
    adjusted: adjusted[i]!,
    mcnemar: mcnemarOfSeeds(slice, first.answers[i]!, second.answers[i]!),
  }));
  const nameOf = ({ model, adaptation }: DrawnArm) => ({ model, adaptation });
  const facts = { first: nameOf(first), second: nameOf(second), languages };
  const isAveraged = (_: unknown, i: number) => !panel.entries[i]!.isLeftOut;
  const macro = (of: typeof f1) => estimateOf(macroOf(of.filter(isAveraged)), seed);
  if (!panel.entries.some(({ isLeftOut }) => !isLeftOut)) return facts;
  return { ...facts, macro: { f1: macro(f1), rocAuc: macro(rocAuc) } };
}

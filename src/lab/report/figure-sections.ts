/** @file Sections about figures: F1 and AUC beside floor and baseline, lifts, and everything else. */
import { baselineModel } from "../records.ts";
import type { Estimate, FigureName } from "../statistics/index.ts";
import type { Arm, Lift, PanelAnalysis } from "./analysis.ts";
import { type Block, type Figure, paragraph, table } from "./document.ts";
import { type ForestRow, forestPlot } from "./forest-plot.ts";
import { count, fixed, pText, range, signed } from "./number-text.ts";
import { armText } from "./verdict.ts";

const estimateText = (estimate: Estimate | undefined) =>
  estimate === undefined ? fixed(Number.NaN) : `${fixed(estimate.value)} ${range(estimate)}`;

const languageText = ({ language, isLeftOut }: { language: string; isLeftOut: boolean }) =>
  isLeftOut ? `${language} (not averaged)` : language;

/** F1 of a model's adaptations with intervals, beside the floor and the baseline. */
export function f1Table(analysis: PanelAnalysis, model: string): Block {
  return beside(
    analysis,
    model,
    "f1",
    "F1 of the vulnerable class beside its floor, always answering “vulnerable”",
    {
      header: "floor",
      of: (place) => fixed(analysis.languages[place]!.floorF1),
      mean: fixed(meanFloor(analysis)),
    },
  );
}

/** ROC AUC alike; its floor is 0.5 everywhere. */
export function aucTable(analysis: PanelAnalysis, model: string): Block {
  return beside(analysis, model, "rocAuc", "ROC AUC", {
    header: "chance",
    of: () => fixed(0.5),
    mean: fixed(0.5),
  });
}

interface Floor {
  readonly header: string;
  readonly of: (place: number) => string;
  readonly mean: string;
}

function beside(
  { arms, languages, panel }: PanelAnalysis,
  model: string,
  figure: FigureName,
  caption: string,
  floor: Floor,
): Block {
  const own = arms.filter((arm) => arm.model === model);
  const shown = [
    ...own,
    ...arms.filter((arm) => arm.model === baselineModel && model !== arm.model),
  ];
  const headers = ["language", "vulnerable", floor.header];
  const rows = languages.map((language, i) => [
    languageText(language),
    ...[`${count(language.positives)} of ${count(language.samples)}`, floor.of(i)],
    ...shown.map((arm) => estimateText(arm.languages[i]!.estimates[figure])),
  ]);
  const mean = ["mean", "", floor.mean];
  const total = [...mean, ...shown.map((arm) => estimateText(arm.macro?.[figure]))];
  return table(
    `${caption} (${panel.data}): ${seedsText(shown)}, 95 % intervals over groups and seeds`,
    [...headers, ...shown.map((arm) => armText(arm, own[0]))],
    [...rows, total],
    { totals: [rows.length] },
  );
}

function seedsText(arms: readonly Arm[]): string {
  const counts = [...new Set(arms.map(({ seeds }) => seeds.length))].sort();
  return `mean over ${counts.join(" or ")} seed${counts.at(-1) === 1 ? "" : "s"}`;
}

function meanFloor({ languages }: PanelAnalysis): number {
  const averaged = languages.filter(({ isLeftOut }) => !isLeftOut);
  if (averaged.length === 0) return Number.NaN;
  return averaged.reduce((sum, { floorF1 }) => sum + floorF1 / averaged.length, 0);
}

/** A comparison: table of differences with tests, forest plots. */
export function liftBlocks({ panel, languages }: PanelAnalysis, lift: Lift): Block[] {
  const title = `${armText(lift.first)} less ${armText(lift.second, lift.first)}`;
  const rows = lift.languages.map((one, i) => [
    languageText(languages[i]!),
    ...[signed(one.f1.value), range(one.f1), range(one.f1.groupsOnly), fixed(one.f1.spread)],
    ...[pText(one.f1.pValue), pText(one.adjusted)],
    `${one.mcnemar.onlyFirst} : ${one.mcnemar.onlySecond}`,
    ...[pText(one.mcnemar.exact), signed(one.rocAuc.value), range(one.rocAuc)],
  ]);
  const { macro } = lift;
  const total = macro && [
    "mean",
    ...[signed(macro.f1.value), range(macro.f1), range(macro.f1.groupsOnly)],
    ...[fixed(macro.f1.spread), pText(macro.f1.pValue), "", "", "", signed(macro.rocAuc.value)],
    range(macro.rocAuc),
  ];
  const headers = [
    ...["language", "F1", "95 % interval", "groups only", "seeds ±", "p", "p (Holm)"],
    ...["right alone", "McNemar", "ROC AUC", "95 % interval"],
  ];
  return [
    table(
      `${title} (${panel.data}): paired differences; samples that only one side gets right`,
      headers,
      total ? [...rows, total] : rows,
      {
        totals: total ? [rows.length] : [],
      },
    ),
    { kind: "figures", figures: forests(lift, title) },
  ];
}

function forests(lift: Lift, title: string): Figure[] {
  return (["f1", "rocAuc"] as const).map((figure) => {
    const rows: ForestRow[] = lift.languages.map((one) => ({
      name: one.language,
      estimate: one[figure],
    }));
    if (lift.macro) rows.push({ name: "mean", estimate: lift.macro[figure], isTotal: true });
    const unit = figure === "f1" ? "difference in F1" : "difference in ROC AUC";
    const caption = `${title}. Thick: chance of the groups alone; thin: with that of training.`;
    return { caption, svg: forestPlot(unit, rows) };
  });
}

const shortNames: Readonly<Record<FigureName, string>> = {
  f1: "F1",
  macroF1: "macro-F1",
  precision: "precision",
  recall: "recall",
  mcc: "MCC",
  rocAuc: "ROC AUC",
  prAuc: "PR AUC",
  brier: "Brier",
  pairsCorrect: "P-C",
  pairsReversed: "P-R",
  missRate: "FNR",
};

const shownNames = Object.keys(shortNames) as FigureName[];

/** Every figure of every arm over the languages, with its interval. */
export function macroTable({ arms, panel }: PanelAnalysis): Block {
  const averaged = arms.filter(({ macro }) => macro !== undefined);
  if (averaged.length === 0) return paragraph("No language has samples enough to be averaged.");
  const rows = averaged.flatMap((arm) => [
    [
      armText(arm),
      ...shownNames.map((name) => estimateText(arm.macro?.[name])),
      fixed(meanCalibration(arm)),
    ],
  ]);
  const headers = ["", ...shownNames.map((name) => shortNames[name]), "ECE"];
  return transposed(`All figures, mean over the languages (${panel.data})`, headers, rows);
}

function meanCalibration({ languages }: Arm): number {
  return languages.reduce((sum, one) => sum + one.calibrationError / languages.length, 0);
}

/** Few arms, many figures: figures go down. */
function transposed(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): Block {
  const body = headers.slice(1).map((name, i) => [name, ...rows.map((row) => row[i + 1]!)]);
  return table(caption, ["figure", ...rows.map(([name]) => name!)], body);
}

/** Every figure of every arm and language; folded, it is long. */
export function everyFigure({ arms, languages, panel }: PanelAnalysis): Block {
  const headers = ["language", ...shownNames.map((name) => shortNames[name]), "ECE"];
  const tables = arms.map((arm) =>
    table(
      `${armText(arm)} (${panel.data}): mean over seeds ± standard deviation`,
      headers,
      arm.languages.map((one, i) => [
        languageText(languages[i]!),
        ...shownNames.map((name) => spreadText(one.estimates[name])),
        fixed(one.calibrationError),
      ]),
    ),
  );
  return { kind: "details", summary: "Every figure by language", blocks: tables };
}

function spreadText({ value, spread }: Estimate): string {
  return Number.isFinite(spread) ? `${fixed(value)} ± ${fixed(spread)}` : fixed(value);
}

/** What the reader must know to read the tables. */
export function readingNote(numResamples: number): Block {
  return paragraph(
    `Intervals are percentiles of ${count(numResamples)} resamples of whole groups (one program, fix or test ` +
      "family), the same draws for everything that is compared, averaged over seeds in each; to them the variation " +
      "between seeds beyond sampling noise is added as a random effect with Student's tails. Thresholds and " +
      "temperatures were chosen on validation samples of the training languages. Languages with fewer than 20 " +
      "samples or one label only are shown and not averaged. P-C: both members of a pair right; P-R: both wrong. FNR: share of vulnerable samples missed at the threshold that allowed 0.5 % of false alarms on validation.",
    "note",
  );
}

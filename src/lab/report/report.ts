/** @file The report of a lab: every section in order, as blocks, HTML and Markdown. */
import { atTemperature, reliabilityBins } from "../../metrics/index.ts";
import { baselineModel } from "../records.ts";
import { type Arm, analyse, type Lift, type PanelAnalysis } from "./analysis.ts";
import { type Block, type Figure, heading, paragraph } from "./document.ts";
import {
  aucTable,
  everyFigure,
  f1Table,
  liftBlocks,
  macroTable,
  readingNote,
} from "./figure-sections.ts";
import type { LabFolder } from "./lab-folder.ts";
import {
  budgetTable,
  contaminationBlocks,
  droppedTable,
  missingBlock,
  orderBlocks,
} from "./lab-section.ts";
import { toMarkdown } from "./markdown.ts";
import { worstMistakes } from "./mistakes.ts";
import { toHtml } from "./page.ts";
import { pairTable } from "./pair-section.ts";
import type { Resampling } from "./panels.ts";
import { reliabilityDiagram } from "./reliability-diagram.ts";
import { judgedBy, sliceTable, truncationTable } from "./slices.ts";
import { verdictSentence } from "./verdict.ts";

/** A report in every form. */
export interface LabReport {
  readonly html: string;
  readonly markdown: string;
  /** One sentence for each model and data set. */
  readonly verdicts: readonly string[];
  readonly analyses: readonly PanelAnalysis[];
}

/** How many of the worst misses, and of the worst false alarms, are shown for a model. */
const mistakesEach = 5;

/**
 * Make the report of a lab.
 * @param settings resamples of groups, and the seed of every random choice
 */
export function reportOf(lab: LabFolder, settings: Resampling): LabReport {
  const analyses = analyse(lab, settings);
  const verdicts = analyses.flatMap((analysis) => verdictsOf(analysis));
  const { name, version } = lab.description;
  const title = `Vulnerabilities in unseen languages: ${name}`;
  const missing = missingBlock(lab);
  const blocks: Block[] = [
    heading(1, title),
    paragraph(`codet5 ${version}. ${summaryOf(lab, analyses)}`, "note"),
    ...(missing === undefined ? [] : [missing]),
    ...(verdicts.length > 0
      ? verdicts.map((text) => paragraph(text, "verdict"))
      : [paragraph("No comparison of security with general can be made yet.", "warning")]),
    readingNote(settings.numResamples),
    ...analyses.flatMap((analysis) => panelBlocks(lab, analysis)),
    heading(2, "The lab"),
    budgetTable(lab),
    droppedTable(lab),
    ...orderBlocks(lab),
    ...contaminationBlocks(lab),
  ];
  return { html: toHtml(title, blocks), markdown: toMarkdown(blocks), verdicts, analyses };
}

/** The study's question, asked of each model: security against general. */
function verdictsOf(analysis: PanelAnalysis): string[] {
  if (analysis.panel.kind === "seen") return [];
  return analysis.lifts.flatMap((lift) => {
    const isAsked = lift.first.adaptation === "security" && lift.second.adaptation === "general";
    const sentence = isAsked ? verdictSentence(analysis, lift) : undefined;
    return sentence === undefined ? [] : [sentence];
  });
}

function summaryOf({ cells, samples }: LabFolder, analyses: readonly PanelAnalysis[]): string {
  const models = new Set(cells.map(({ model }) => model));
  const seeds = new Set(cells.map(({ seed }) => seed));
  const asked = analyses.filter(({ panel }) => panel.kind !== "seen");
  const languages = new Set(asked.flatMap((one) => one.languages.map(({ language }) => language)));
  return (
    `Models, with the baseline: ${models.size}; seeds: ${seeds.size}; samples: ${samples.length}; ` +
    `unseen: ${[...languages].sort().join(", ") || "none"}.`
  );
}

const titles: Readonly<Record<PanelAnalysis["panel"]["kind"], string>> = {
  unseen: "Languages never seen",
  "left-out": "Each training language left out in turn",
  seen: "Languages of the training, for comparison",
};

function panelBlocks(lab: LabFolder, analysis: PanelAnalysis): Block[] {
  const { panel, arms, lifts } = analysis;
  const models = [...new Set(arms.map(({ model }) => model))].filter(
    (one) => one !== baselineModel,
  );
  const pairs = pairTable(lab, analysis);
  return [
    heading(2, `${titles[panel.kind]}: ${panel.data}`),
    ...models.flatMap((model) => [
      heading(3, model),
      f1Table(analysis, model),
      aucTable(analysis, model),
      ...comparisonBlocks(
        analysis,
        lifts.filter(({ first }) => first.model === model),
      ),
    ]),
    heading(3, "All figures"),
    macroTable(analysis),
    everyFigure(analysis),
    ...(pairs === undefined ? [] : [pairs]),
    ...(panel.kind === "seen" ? [] : errorBlocks(lab, analysis, models)),
  ];
}

/** The first comparison is the question; the others are folded. */
function comparisonBlocks(analysis: PanelAnalysis, lifts: readonly Lift[]): Block[] {
  const [first, ...others] = lifts;
  if (first === undefined) return [];
  const blocks = others.flatMap((lift) => liftBlocks(analysis, lift));
  if (blocks.length === 0) return liftBlocks(analysis, first);
  return [
    ...liftBlocks(analysis, first),
    { kind: "details", summary: "Other comparisons", blocks },
  ];
}

/** Calibration, slices and mistakes: of what was trained on security, or asked as it is. */
function errorBlocks(lab: LabFolder, analysis: PanelAnalysis, models: readonly string[]): Block[] {
  const figures = models.map((model) => reliabilityOf(lab, analysis, model));
  return [
    heading(3, "Calibration"),
    { kind: "figures", figures },
    heading(3, "Where it errs"),
    truncationTable(lab, analysis),
    ...models.flatMap((model) => {
      const arm = mainArm(analysis.arms, model);
      return [
        sliceTable(lab, analysis, arm),
        {
          kind: "details" as const,
          summary: `Worst mistakes of ${model} (${arm.adaptation})`,
          blocks: worstMistakes(lab, analysis, arm, mistakesEach),
        },
      ];
    }),
  ];
}

/** Security where there is one, else what there is. */
function mainArm(arms: readonly Arm[], model: string): Arm {
  const own = arms.filter((arm) => arm.model === model);
  return own.find(({ adaptation }) => adaptation === "security") ?? own[0]!;
}

function reliabilityOf(lab: LabFolder, analysis: PanelAnalysis, model: string): Figure {
  const arms = analysis.arms.filter((arm) => arm.model === model);
  const curves = arms.map((arm) => {
    const pairs = judgedBy(lab, analysis, arm).flatMap(({ sample, answers }) =>
      answers.map(({ score, cell }) => ({
        label: sample.label,
        score: atTemperature(score, cell.facts.temperature),
      })),
    );
    const bins = reliabilityBins(
      pairs.map(({ score }) => score),
      pairs.map(({ label }) => label),
    );
    return { name: arm.adaptation, bins };
  });
  const counted = arms.indexOf(mainArm(arms, model));
  const caption =
    `${model} (${analysis.panel.data}), all languages and seeds, temperatures from validation. On the dashed ` +
    `line a probability means what it says; bars: how many samples of ${arms[counted]!.adaptation} are in each tenth.`;
  return { caption, svg: reliabilityDiagram(curves, counted) };
}

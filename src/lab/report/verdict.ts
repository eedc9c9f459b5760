/** @file The answer in one sentence. */
import { baselineModel } from "../records.ts";
import type { Estimate } from "../statistics/index.ts";
import type { ArmName, Lift, PanelAnalysis } from "./analysis.ts";
import { range, signed } from "./number-text.ts";

/** What an interval says about a lift. */
export type Verdict = "lift" | "loss" | "no effect shown";

/** By the interval that holds both sources of chance; covering 0 shows nothing. */
export function verdictOf({ low, high }: Estimate): Verdict {
  if (low > 0) return "lift";
  return high < 0 ? "loss" : "no effect shown";
}

/** Such a half-width makes a null informative. */
const narrow = 0.03;

const what: Readonly<Record<PanelAnalysis["panel"]["kind"], string>> = {
  unseen: "unseen languages",
  "left-out": "languages left out in turn",
  seen: "languages of the training",
};

/** The sentence about a lift's macro F1; undefined where no language could be averaged. */
export function verdictSentence({ panel }: PanelAnalysis, lift: Lift): string | undefined {
  if (lift.macro === undefined) return undefined;
  const { f1, rocAuc } = lift.macro;
  const count = panel.entries.filter(({ isLeftOut }) => !isLeftOut).length;
  const won = lift.languages.filter(({ f1: one }) => one.low > 0).length;
  const significant = lift.languages.filter(({ f1: one, adjusted }) => {
    return one.value > 0 && adjusted < 0.05;
  }).length;
  return [
    `${lift.first.model} on ${panel.data}, ${count} ${what[panel.kind]}:`,
    `${verdictOf(f1)}${reasonOf(f1)}.`,
    `F1 of ${against(lift)} ${signed(f1.value)} ${range(f1)}, ROC AUC ${signed(rocAuc.value)}`,
    `${range(rocAuc)}; F1 intervals above 0 in ${won} of ${count} languages, ${significant} after Holm.`,
    trainedModels(f1),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function reasonOf(f1: Estimate): string {
  if (verdictOf(f1) !== "no effect shown") return "";
  if (Number.isNaN(f1.low)) return ", too few groups for an interval";
  const half = (f1.high - f1.low) / 2;
  const kind = half <= narrow ? "an informative null" : "too wide to tell a small effect from none";
  return `, the interval covers 0 (half-width ${half.toFixed(3)}: ${kind})`;
}

/** Said only where the two intervals disagree. */
function trainedModels(f1: Estimate): string {
  if (f1.seeds.length < 2 || verdictOf(f1) === verdictOf({ ...f1, ...f1.groupsOnly })) return "";
  return `For these trained models alone, seeds aside: ${range(f1.groupsOnly)}.`;
}

function against({ first, second }: Lift): string {
  return `${armText(first, second)} over ${armText(second, first)}`;
}

/** The adaptation; with its model where the other's is another. */
export function armText(arm: ArmName, other?: ArmName): string {
  if (arm.model === baselineModel) return arm.model;
  return other?.model === arm.model ? arm.adaptation : `${arm.model} (${arm.adaptation})`;
}

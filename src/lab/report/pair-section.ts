/** @file Pairs: both right, both vulnerable, both benign, reversed. */
import { findPairs, type PairOutcomes, pairOutcomes } from "../../metrics/index.ts";
import type { PanelAnalysis } from "./analysis.ts";
import { type Block, table } from "./document.ts";
import type { LabFolder } from "./lab-folder.ts";
import { count, percent } from "./number-text.ts";
import { answersOf } from "./panels.ts";
import { armText } from "./verdict.ts";

const outcomes = ["correct", "vulnerable", "benign", "reversed"] as const;

/** Shares of the four outcomes over all languages of a panel, all seeds together; undefined without a pair. */
export function pairTable(lab: LabFolder, { panel, arms }: PanelAnalysis): Block | undefined {
  const rows = arms.map((arm) => {
    const counts = panel.entries.flatMap(({ fold, samples }) => {
      const labels = samples.map(({ label }) => label);
      const places = findPairs(
        samples.map(({ pair }) => pair),
        labels,
      );
      return lab.cells
        .filter((one) => one.model === arm.model && one.adaptation === arm.adaptation)
        .filter((one) => one.fold === fold && arm.seeds.includes(one.seed))
        .map((one) => {
          const { scores, threshold } = answersOf(one, samples);
          return pairOutcomes(
            places,
            scores.map((score) => (score >= threshold ? 1 : 0)),
          );
        });
    });
    const total = counts.reduce((sum, one) => sum + one.total, 0);
    const share = (outcome: keyof PairOutcomes) =>
      percent(counts.reduce((sum, one) => sum + one[outcome], 0) / total);
    return {
      total,
      cells: [armText(arm), count(total / arm.seeds.length), ...outcomes.map(share)],
    };
  });
  if (rows.every(({ total }) => total === 0)) return undefined;
  const headers = ["", "pairs", "P-C: both right", "P-V: both vulnerable", "P-B: both benign"];
  return table(
    `Pairs of a vulnerable function and its safe form (${panel.data}), shares over all seeds`,
    [...headers, "P-R: reversed"],
    rows.map(({ cells }) => cells),
  );
}

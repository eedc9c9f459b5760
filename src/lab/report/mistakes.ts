/** @file The worst mistakes: what a model was surest of and wrong, with the code. */
import type { Arm, PanelAnalysis } from "./analysis.ts";
import type { Block } from "./document.ts";
import type { LabFolder } from "./lab-folder.ts";
import { fixed } from "./number-text.ts";
import { type Judged, judgedBy } from "./slices.ts";

/** Longer code is cut: a report is for reading. */
const maxLines = 60;
const maxCharacters = 4000;

/** How far the mean score is on the wrong side of the mean threshold; 0 or less where the answer is right. */
function wrongness({ sample, answers }: Judged): number {
  const sum = answers.reduce((total, { score, cell }) => total + score - cell.facts.threshold, 0);
  const margin = sum / answers.length;
  return sample.label === 1 ? -margin : margin;
}

/** The `each` worst misses and the `each` worst false alarms of an arm, group by group no more than one. */
export function worstMistakes(
  lab: LabFolder,
  analysis: PanelAnalysis,
  arm: Arm,
  each: number,
): Block[] {
  const wrong = judgedBy(lab, analysis, arm)
    .map((judged) => ({ judged, by: wrongness(judged) }))
    .filter(({ by }) => by > 0)
    .sort((a, b) => b.by - a.by || (a.judged.sample.id < b.judged.sample.id ? -1 : 1));
  return ([1, 0] as const).flatMap((label) => {
    const seen = new Set<string>();
    const chosen = wrong.filter(({ judged: { sample } }) => {
      if (sample.label !== label || seen.has(sample.group)) return false;
      seen.add(sample.group);
      return true;
    });
    return chosen.slice(0, each).map(({ judged }) => mistake(judged));
  });
}

function mistake({ sample, answers }: Judged): Block {
  const { id, language, label, cwe, source, code } = sample;
  const scores = answers.map(({ score }) => fixed(score)).join(", ");
  const thresholds = answers.map(({ cell }) => fixed(cell.facts.threshold)).join(", ");
  const kind = label === 1 ? "Missed" : "False alarm";
  const facts = [language, cwe ?? "no weakness named", source, id].join(", ");
  const caption = `${kind}: ${facts}. Scores ${scores} at thresholds ${thresholds}.`;
  return { kind: "code", caption, language, code: clipped(code) };
}

function clipped(code: string): string {
  const lines = code.split("\n");
  const text = lines.slice(0, maxLines).join("\n").slice(0, maxCharacters);
  return text.length < code.length ? `${text}\n… (${lines.length} lines)` : text;
}

/** @file The model card of the package's security model, every figure read off its lab. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LabResult, labFiles, type PredictionFacts } from "../../src/lab/index.ts";

/** The records of a file of JSON lines. */
export const linesOf = <T>(path: string): T[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

export interface SecurityFacts {
  readonly results: readonly LabResult[];
  readonly experiment: string;
  readonly name: string;
  readonly seed: number;
  /** On validation. */
  readonly auc: number;
  readonly facts: PredictionFacts;
  /** Of probabilities at the temperature. */
  readonly threshold: number;
}

/** What the lab measured of one seed of a model's security adaptation. */
export function securityResults(lab: string, name: string, seed: number): LabResult[] {
  return linesOf<LabResult>(join(lab, labFiles.results)).filter(
    (row) =>
      row.model === name &&
      row.adaptation === "security" &&
      row.fold === "default" &&
      row.seed === seed,
  );
}

const digits = (value: number | null) => (value === null ? "-" : value.toFixed(3));

export function securityCard(security: SecurityFacts): string {
  const { results, experiment, name, seed, auc, facts, threshold } = security;
  const table = results.map((row) =>
    [
      ...[row.source, row.language, row.seen ? "seen" : "unseen", row.samples, row.positives],
      ...[row.f1, row.floorF1, row.precision, row.recall, row.rocAuc].map(digits),
    ].join(" | "),
  );
  const header =
    "source | language | in training | samples | vulnerable | F1 | floor | precision | recall | AUC";
  const ruler = header.replace(/[^|]+/g, " --- ");
  return `---
license: apache-2.0
library_name: codet5
tags: [code, t5, codet5, vulnerability]
---

# codet5-security

\`${name}\` fine-tuned to say whether a function is vulnerable: the model of \`codet5 classify\`. Made by
\`scripts/ship-security.ts\` from the lab \`experiments/${experiment}.json\`, adaptation security, seed ${seed} (the best AUC on
validation, ${digits(auc)}); ${facts.stepsRun} steps, ${facts.tokensRead.toLocaleString("en-US")} tokens, languages ${facts.trainLanguages.join(", ")}. Weights in 8 bits with
a scale per row. The threshold, ${digits(threshold)} after a temperature of ${digits(facts.temperature)}, was frozen on validation samples of those languages.

## How far to trust it

Figures of this seed on the lab's test samples; the floor is what always answering "vulnerable" scores. Where F1 is not
above its floor, an answer says nothing: use the order of the probabilities, if AUC is above 0.5, and no more. It reads
one function at a time and knows nothing of its callers.

${[header, ruler, ...table].map((line) => `| ${line.trim()} |`).join("\n")}
`;
}

/** @file A lab's folder with simulated answers: real files, as `codet5 lab run` leaves them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Random } from "../../base/index.ts";
import { writePredictions } from "../../data/index.ts";
import {
  type Adaptation,
  baselineModel,
  type Cell,
  type FoldName,
  type LabSample,
  labFiles,
  type PredictionFacts,
  predictionPath,
} from "../records.ts";

/** What to simulate; every field has a default. */
export interface Simulation {
  /** Gap between the logits of vulnerable and safe, by adaptation. */
  readonly strengths?: Partial<Readonly<Record<Adaptation, number>>>;
  readonly model?: string;
  readonly languages?: readonly string[];
  readonly groupsPerLanguage?: number;
  readonly seeds?: readonly number[];
  readonly folds?: readonly FoldName[];
  readonly code?: (language: string, label: 0 | 1) => string;
  readonly seed?: number;
}

const defaults: Required<Simulation> = {
  strengths: { "zero-shot": 0.1, general: 0.8, security: 1.6, both: 1.5 },
  model: "mini",
  languages: ["go", "ruby", "php"],
  groupsPerLanguage: 40,
  seeds: [1, 2, 3],
  folds: ["default"],
  code: (language, label) =>
    `fn ${language}(input) {\n\trun(${label ? "input" : "clean(input)"})\n}`,
  seed: 7,
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Write a lab's folder. @returns its path, in a temporary place */
export function writeSimulatedLab(given: Simulation = {}): string {
  const settings = { ...defaults, ...given };
  const path = mkdtempSync(join(tmpdir(), "codet5-simulated-lab-"));
  const samples = settings.folds.flatMap((fold) => samplesOf(settings, fold));
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  writeFileSync(join(path, labFiles.samples), lines(samples));
  const models = [{ name: settings.model, model: "models/simulated" }];
  const experiment = { name: "simulated", $version: "0.0.0", models };
  writeFileSync(join(path, labFiles.experiment), JSON.stringify(experiment));
  const cells = cellsOf(settings);
  for (const cell of cells) writeCell(path, cell, samples, settings);
  writeFileSync(join(path, labFiles.log), lines(eventsOf(cells, settings.folds)));
  return path;
}

/** Take a cell's predictions away, as if the lab had been stopped. */
export function removeCell(path: string, cell: Cell): void {
  rmSync(join(path, predictionPath(cell)));
}

function samplesOf(settings: Required<Simulation>, fold: FoldName): LabSample[] {
  const leftOut = fold === "default" ? undefined : fold.slice("leave-out:".length);
  const parts = [
    ["validation", ["java", "python"]],
    ["seen-test", ["java", "python"]],
    ["unseen", leftOut === undefined ? settings.languages : [leftOut]],
  ] as const;
  return parts.flatMap(([part, languages]) =>
    languages.flatMap((language) =>
      Array.from({ length: settings.groupsPerLanguage * 2 }, (_, i): LabSample => {
        const group = Math.floor(i / 2);
        const label = (i % 2) as 0 | 1;
        const name = `${fold}-${part}-${language}-${group}`;
        return {
          ...{ id: `${name}-${label}`, language, part, fold, label },
          cwe: group % 5 === 4 ? null : `CWE-${[89, 78, 22, 79][group % 4]}`,
          pair: group % 3 === 0 ? null : name,
          ...{ group: name, source: group % 2 === 0 ? "fixes" : "templates", data: "simulated" },
          code: settings.code(language, label),
          tokens: 20 + ((group * 37) % 600),
        };
      }),
    ),
  );
}

function cellsOf({ model, seeds, strengths, folds }: Required<Simulation>): Cell[] {
  const arms = [
    ...(Object.keys(strengths) as Adaptation[]).map((adaptation) => ({ model, adaptation })),
    { model: baselineModel, adaptation: "security" as const },
  ];
  return arms.flatMap((arm) =>
    folds.flatMap((fold) => seeds.map((seed) => ({ ...arm, fold, seed }))),
  );
}

function writeCell(
  path: string,
  cell: Cell,
  samples: readonly LabSample[],
  { strengths, seed }: Required<Simulation>,
): void {
  const { model, adaptation, fold } = cell;
  const strength = model === baselineModel ? 0.4 : (strengths[adaptation] ?? 0);
  // without training every seed answers the same
  const own = adaptation === "zero-shot" ? 0 : cell.seed;
  const random = new Random(seed, model, adaptation, fold, own);
  const effects = new Map<string, number>();
  const predictions = samples
    .filter((sample) => sample.fold === fold)
    .map(({ id, group, label }) => {
      if (!effects.has(group)) effects.set(group, new Random(seed, group).normal() / 2);
      const logit = strength * (label - 0.5) + effects.get(group)! + random.normal();
      const score = sigmoid(2 * logit);
      return { id, score, label: (score >= 0.5 ? 1 : 0) as 0 | 1 };
    });
  const file = join(path, predictionPath(cell));
  mkdirSync(dirname(file), { recursive: true });
  writePredictions(file, predictions);
  const steps = adaptation === "zero-shot" ? 0 : 100;
  const facts: PredictionFacts = {
    ...{ threshold: 0.5, strictThreshold: 0.97, temperature: 2 },
    ...{ stepsRun: steps, tokensRead: steps * 2048 + cell.seed },
    trainCwes: ["CWE-78", "CWE-89"],
    trainLanguages: ["java", "python"],
    truncatedIds: samples.filter(({ tokens }) => tokens > 500).map(({ id }) => id),
  };
  writeFileSync(file.replace(/l$/, ""), JSON.stringify(facts));
}

function eventsOf(cells: readonly Cell[], folds: readonly FoldName[]): object[] {
  const thresholds = { threshold: 0.5, strictThreshold: 0.97, temperature: 2 };
  return [
    { event: "begin", name: "simulated" },
    ...folds.map((fold) => ({ event: "divided", fold, dropped: { "exact copies": 12, near: 0 } })),
    ...cells.map((cell) => ({ event: "budget", ...cell, steps: 100, tokens: 204_800 })),
    ...cells.map((cell) => ({ event: "frozen", ...cell, ...thresholds })),
    ...folds.map((fold) => ({ event: "opened", fold, dropped: { "copies of training": 3 } })),
    { event: "results", rows: 1 },
  ];
}

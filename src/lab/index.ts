/** @file The lab: models, adaptations and languages never seen, from an experiment to its results. */
export type { BudgetRow } from "./budget.ts";
export * from "./claims/index.ts";
export { type Experiment, parseExperiment, readExperiment } from "./experiment.ts";
export type { LabEngine } from "./lab-model.ts";
export * from "./records.ts";
export { readLabFolder, reportOf, toMarkdown } from "./report/index.ts";
export { type LabHooks, type LabOptions, type LabSummary, runLab, runLabStage } from "./run-lab.ts";

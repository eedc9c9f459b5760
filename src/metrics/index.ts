/** @file Metrics: every score the project reports, each with its range, direction and source. */
export * from "./bootstrap.ts";
export * from "./calibration.ts";
export * from "./classification.ts";
export * from "./code-bleu/index.ts";
export * from "./corpus-bleu.ts";
export * from "./exact-match.ts";
export * from "./holm.ts";
export * from "./mcnemar.ts";
export * from "./operating-point.ts";
export * from "./pair-outcomes.ts";
export * from "./python-text.ts";
export * from "./ranking.ts";
export * from "./smoothed-bleu.ts";
export * from "./table.ts";
export * from "./temperature.ts";

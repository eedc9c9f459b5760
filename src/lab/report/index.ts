/** @file The report of a lab. */
export { type Arm, analyse, compareModels, type PanelAnalysis } from "./analysis.ts";
export { type Block, heading, paragraph, table } from "./document.ts";
export { type LabFolder, readLabFolder } from "./lab-folder.ts";
export { toMarkdown } from "./markdown.ts";
export { fixed, range } from "./number-text.ts";
export { reportOf } from "./report.ts";

/** @file The report of a lab. */
export { readLabFolder } from "./lab-folder.ts";
export { type LabReport, reportOf } from "./report.ts";

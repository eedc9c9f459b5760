/** @file The ten claims about CodeT5, tested again with what labs and other runs left. */
export { claimBlocks, claimHeaders, claimRows } from "./claims-table.ts";
export { readEvidence } from "./evidence.ts";
export { judgeClaims } from "./judge.ts";

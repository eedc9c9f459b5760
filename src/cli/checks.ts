/** @file Checks of `codet5 doctor`: each one a row, none of them stops the others. */
import { formatError } from "../base/index.ts";
import { formatTable } from "./table.ts";

/** How a check ended; a warning does not fail the whole. */
type Status = "ok" | "warning" | "failed" | "skipped";

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly status: Status;
  readonly detail: string;
}

/** A check by name; what it throws is its failure. */
export interface Check<Subject> {
  readonly name: string;
  readonly run: (subject: Subject) => Outcome | Promise<Outcome>;
}

type Outcome = string | Omit<Finding, "check">;

/** Run checks in order; a text means that all is well. */
export async function runChecks<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run } of checks) {
    findings.push({ check: name, ...(await outcomeOf(() => run(subject))) });
  }
  return findings;
}

async function outcomeOf(run: () => Outcome | Promise<Outcome>): Promise<Omit<Finding, "check">> {
  try {
    const outcome = await run();
    return typeof outcome === "string" ? { status: "ok", detail: outcome } : outcome;
  } catch (error) {
    return { status: "failed", detail: formatError(error) };
  }
}

/** Findings as a table. */
export function formatFindings(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, status, detail }) => [check, status, detail]);
  return formatTable(["check", "status", "detail"], rows);
}

/** Bytes as `512 MB` or `1.6 GB`, powers of ten. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

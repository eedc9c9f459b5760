/** @file From findings to verdicts. */
import { holm } from "../../metrics/index.ts";
import { type Claim, claims } from "./claims.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./findings.ts";

/** What the evidence says of a claim, or of a part of it. */
export type ClaimVerdict = "supported" | "not supported" | "not testable here";

/** A part of a claim, judged. */
export interface JudgedPart {
  readonly part: string;
  readonly verdict: ClaimVerdict;
  readonly findings: readonly Finding[];
  /** What to run; only where there is no finding. */
  readonly needs?: string;
}

/** A claim, judged. */
export interface JudgedClaim {
  readonly number: number;
  readonly text: string;
  readonly verdict: ClaimVerdict;
  readonly parts: readonly JudgedPart[];
}

/** Chance of a false alarm over the figures of a part. */
const level = 0.05;

/**
 * Judge every claim. A part is supported when at least one of its findings lies above its bar, significantly
 * after Holm's correction over its findings, and none lies below. A claim is supported when every part is, not supported when a part is not;
 * with parts that nothing tests, and no part against it, it is not testable here.
 * @param seed of the random choices in intervals
 */
export function judgeClaims(evidence: Evidence, seed: number): readonly JudgedClaim[] {
  return claims.map((claim) => judgeClaim(claim, evidence, seed));
}

function judgeClaim({ number, text, tests }: Claim, evidence: Evidence, seed: number): JudgedClaim {
  const parts = tests.map(({ part, needs, find }): JudgedPart => {
    const findings = find(evidence, seed);
    const verdict = judgeFindings(findings);
    return { part, verdict, findings, ...(findings.length === 0 && { needs }) };
  });
  return { number, text, verdict: combined(parts.map(({ verdict }) => verdict)), parts };
}

function judgeFindings(findings: readonly Finding[]): ClaimVerdict {
  if (findings.length === 0) return "not testable here";
  const adjusted = holm(findings.map(({ pValue }) => pValue));
  const isSure = (place: number) => Number.isNaN(adjusted[place]!) || adjusted[place]! < level;
  const above = findings.filter((one, i) => one.low > one.bar && isSure(i));
  const below = findings.filter((one) => one.high < one.bar);
  return above.length > 0 && below.length === 0 ? "supported" : "not supported";
}

function combined(verdicts: readonly ClaimVerdict[]): ClaimVerdict {
  if (verdicts.includes("not supported")) return "not supported";
  return verdicts.includes("not testable here") ? "not testable here" : "supported";
}

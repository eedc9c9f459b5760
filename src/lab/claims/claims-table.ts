/** @file The evidence table of the claims, for a document and for a terminal. */
import { type Block, fixed, heading, paragraph, range, table } from "../report/index.ts";
import type { Finding } from "./findings.ts";
import type { JudgedClaim } from "./judge.ts";

/** Claim, part tested, figure, interval, verdict, evidence: a row for each finding. */
export type ClaimRow = readonly [
  claim: string,
  test: string,
  figure: string,
  interval: string,
  verdict: string,
  evidence: string,
];

/** Headings of {@link claimRows}. */
export const claimHeaders = ["claim", "test", "figure", "95 % interval", "verdict", "evidence"];

/** The rows of all claims. */
export function claimRows(judged: readonly JudgedClaim[]): readonly ClaimRow[] {
  return judged.flatMap(({ number, parts }) =>
    parts.flatMap(({ part, verdict, findings, needs }): ClaimRow[] => {
      if (findings.length === 0) {
        return [[String(number), part, "", "", verdict, `needed: ${needs}`]];
      }
      return findings.map((one, i) => [
        ...([String(number), i === 0 ? part : "″"] as const),
        ...([figureText(one), intervalText(one), i === 0 ? verdict : "″", one.path] as const),
      ]);
    }),
  );
}

function figureText({ what, value, bar }: Finding): string {
  const against = bar === 0 || bar > 0.999 ? "" : `, bar ${fixed(bar, 4)}`;
  return `${what}: ${fixed(value)}${against}`;
}

function intervalText(finding: Finding): string {
  return finding.low === finding.high ? "" : range(finding);
}

/** As a document: the claims with their verdicts, then the evidence. */
export function claimBlocks(judged: readonly JudgedClaim[]): readonly Block[] {
  const verdicts = judged.map(({ number, text, verdict }) => [String(number), text, verdict]);
  return [
    heading(1, "Ten claims about CodeT5, tested again"),
    paragraph(
      "A part is supported when a finding lies above its bar with all of its interval, significantly after Holm's " +
        "correction, and none lies below; a claim when all of its parts are. “Not supported” says that the evidence " +
        "at this scale does not show it, not that it is false.",
    ),
    table("Verdicts", ["claim", "text", "verdict"], verdicts, { textColumns: 3 }),
    table("Evidence", claimHeaders, claimRows(judged), { textColumns: 6 }),
  ];
}

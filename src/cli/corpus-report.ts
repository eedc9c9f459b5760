/** @file A corpus in numbers: the columns of Table 1 of the CodeT5 paper, and a few more. */
import type { CorpusManifest } from "../data/index.ts";
import { formatTable } from "./table.ts";

type Slice = CorpusManifest["slices"][number];

/** Totals of some slices. */
export interface SliceTotals {
  readonly functions: number;
  /** Functions with a docstring, "with NL" in the paper. */
  readonly documented: number;
  readonly codeOnly: number;
  /** Share of the tokens of code (leaves of the syntax tree) that are identifiers, in [0, 1]. */
  readonly identifierShare: number;
  readonly docstringTokens: number;
  readonly codeTokens: number;
  readonly textBytes: number;
}

/** Add slices up. */
export function totalsOf(slices: readonly Slice[]): SliceTotals {
  const sum = (of: (slice: Slice) => number) => slices.reduce((total, each) => total + of(each), 0);
  const functions = sum((slice) => slice.functions);
  const documented = sum((slice) => slice.documented);
  const leaves = sum((slice) => slice.leaves);
  return {
    functions,
    documented,
    codeOnly: functions - documented,
    identifierShare: leaves === 0 ? 0 : sum((slice) => slice.identifiers) / leaves,
    docstringTokens: sum((slice) => slice.docstringTokens),
    codeTokens: sum((slice) => slice.codeTokens),
    textBytes: sum((slice) => slice.textBytes),
  };
}

/** The corpus as a whole. */
export function corpusTotals(manifest: CorpusManifest) {
  const { slices, read, mined, tokenizer } = manifest;
  const splits = Object.fromEntries(
    (["train", "validation", "test"] as const).map((split) => {
      return [split, totalsOf(slices.filter((slice) => slice.split === split)).functions];
    }),
  );
  return { ...totalsOf(slices), splits, read, mined, vocabSize: tokenizer.vocabSize };
}

/** Table 1 of the paper (Wang et al. 2021) for this corpus, then its totals. */
export function corpusReport(manifest: CorpusManifest): string {
  const { slices, duplicates } = manifest;
  const languages = [...new Set(slices.map(({ language }) => language))].sort();
  const row = (name: string, of: readonly Slice[]) => {
    const totals = totalsOf(of);
    const held = of.filter(({ split }) => split !== "train");
    return [
      name,
      totals.documented,
      totals.codeOnly,
      `${(100 * totals.identifierShare).toFixed(2)}%`,
      totals.codeTokens + totals.docstringTokens,
      totalsOf(held).functions,
    ];
  };
  const rows = languages.map((language) =>
    row(
      language,
      slices.filter((slice) => slice.language === language),
    ),
  );
  const columns = [
    "language",
    "with NL",
    "code only",
    { header: "identifiers", align: "right" as const },
    "tokens",
    "held out",
  ];
  const { functions, splits, read, textBytes } = corpusTotals(manifest);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const lines = [
    `${functions} functions, ${megabytes(textBytes)} of text, from ${read.files} files of ${megabytes(read.bytes)}`,
    `train ${splits.train}, validation ${splits.validation}, test ${splits.test}`,
    `${duplicates.exact} exact and ${duplicates.near} near-duplicates (threshold ${duplicates.threshold}) left out`,
  ];
  return `${formatTable(columns, [...rows, row("total", slices)])}\n${lines.join("\n")}`;
}

/** @file `samples.jsonl`: every sample that was scored, once where its part is the same in all folds. */
import type { LabRow } from "./data-sets.ts";
import type { FoldData, OpenedTests } from "./fold-data.ts";
import type { FoldName, LabSample, SamplePart } from "./records.ts";

/** A fold whose tests are open. */
export interface OpenFold {
  readonly data: FoldData;
  readonly tests: OpenedTests;
}

/** Samples of a fold in the order of its predictions. */
export function scoredRows({ data, tests }: OpenFold): readonly LabRow[] {
  return [...data.validation, ...tests.seenTest, ...tests.unseen];
}

function partsOf({ data, tests }: OpenFold): readonly (readonly [SamplePart, LabRow])[] {
  const marked = (part: SamplePart, rows: readonly LabRow[]) =>
    rows.map((row) => [part, row] as const);
  return [
    ...marked("validation", data.validation),
    ...marked("seen-test", tests.seenTest),
    ...marked("unseen", tests.unseen),
  ];
}

/** The lines, fold by fold. */
export function sampleLines(folds: readonly OpenFold[]): LabSample[] {
  const parts = new Map<string, SamplePart[]>();
  for (const fold of folds) {
    for (const [part, { id }] of partsOf(fold)) parts.set(id, [...(parts.get(id) ?? []), part]);
  }
  const isSame = (id: string) => {
    const found = parts.get(id)!;
    return found.length === folds.length && found.every((part) => part === found[0]);
  };
  return folds.flatMap((fold, index) =>
    partsOf(fold).flatMap(([part, row]): LabSample[] => {
      if (isSame(row.id)) return index === 0 ? [sampleOf(row, part)] : [];
      return [sampleOf(row, part, fold.data.fold.name)];
    }),
  );
}

function sampleOf(row: LabRow, part: SamplePart, fold?: FoldName): LabSample {
  const { id, language, label, cwe, pair, group, source, data, code } = row;
  return {
    ...{ id, language, part },
    ...(fold === undefined ? {} : { fold }),
    ...{ label, cwe, pair, group, source, data, code },
    tokens: (code.match(/\w+|[^\s\w]/g) ?? []).length,
  };
}

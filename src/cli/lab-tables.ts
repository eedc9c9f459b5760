/** @file A lab's results on a terminal: F1 of unseen languages beside its floor and the baseline's. */
import { baselineModel, type LabResult } from "../lab/index.ts";
import { formatTable } from "./table.ts";

const digits = 3;

const meanOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** One table for each data set and fold; means over seeds, and over languages that are not small. */
export function labTables(results: readonly LabResult[]): string {
  const unseen = results.filter(({ seen }) => !seen);
  const tables = distinct(unseen.map(({ source, fold }) => JSON.stringify([source, fold])));
  return tables
    .map((key) => {
      const [source, fold] = JSON.parse(key) as [string, string];
      const rows = unseen.filter((row) => row.source === source && row.fold === fold);
      return `F1 on ${source}, fold ${fold}\n${tableOf(rows)}`;
    })
    .join("\n");
}

function tableOf(rows: readonly LabResult[]): string {
  const nameOf = ({ model, adaptation }: LabResult) =>
    model === baselineModel ? model : `${model} ${adaptation}`;
  const names = distinct(rows.map(nameOf));
  const baselineFirst = [
    ...names.filter((name) => name === baselineModel),
    ...names.filter((name) => name !== baselineModel),
  ];
  const lineOf = (label: string, part: readonly LabResult[]) => [
    label,
    ...baselineFirst.map((name) =>
      meanOf(part.filter((row) => nameOf(row) === name).map((r) => r.f1)),
    ),
  ];
  const languages = distinct(rows.map(({ language }) => language)).sort();
  const lines = languages.map((language) => {
    const part = rows.filter((row) => row.language === language);
    const { samples, floorF1, small } = part[0]!;
    const [label, ...figures] = lineOf(small ? `${language} *` : language, part);
    return [label, samples, floorF1, ...figures];
  });
  const large = rows.filter(({ small }) => !small);
  const [label, ...means] = lineOf("mean", large);
  const floors = languages.map((name) => large.find(({ language }) => language === name)?.floorF1);
  const floor = meanOf(floors.map((value) => value ?? null));
  const count = large.length === 0 ? [] : [[label, null, floor, ...means]];
  const columns = ["floor", ...baselineFirst].map((header) => ({ header, digits }));
  const note = rows.some(({ small }) => small) ? "* too few samples: not in the mean\n" : "";
  return `${formatTable(["language", "samples", ...columns], [...lines, ...count])}${note}`;
}

/** @file Reads the table of corpus sources, sources.tsv: one package a line, tabs between the columns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./source.ts";

const columns = [
  "kind",
  "name",
  "version",
  "licence",
  "languages",
  "only",
  "bundle",
  "repository",
  "why",
];

function readRow(line: string): Source {
  const cells = line.split("\t");
  const [kind, name, version, licence, languages, only, bundle, repository, why = ""] = cells;
  const isKind = kind === "debian" || kind === "npm";
  if (!isKind || cells.length !== columns.length || !name || !version || !licence || !languages) {
    throw new Error(`sources.tsv: not a row of ${columns.join(", ")}: ${line}`);
  }
  return {
    kind,
    name,
    version,
    licence,
    languages: languages.split(" "),
    why,
    ...(only ? { only: only.split(" ") } : {}),
    ...(bundle ? { bundle } : {}),
    ...(repository ? { repository } : {}),
  };
}

/** Every source of the corpus, in the order of the file: the first rows already give all languages. */
export const sources: readonly Source[] = readFileSync(
  join(import.meta.dirname, "sources.tsv"),
  "utf8",
)
  .split("\n")
  .slice(1)
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(readRow);

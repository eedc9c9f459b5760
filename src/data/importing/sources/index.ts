/** @file The table of data sets that can be imported: one row each. */
import type { Importer } from "../draft.ts";
import { codeql, semgrep } from "./annotated.ts";
import { bigvul, devign, diversevul, primevul, safecoder, sven, table } from "./commits.ts";
import { cvefixes } from "./cvefixes.ts";
import { castle, juliet, owasp } from "./suites.ts";

/** Importers by the name the command line knows them by. */
export const importers = {
  table,
  devign,
  bigvul,
  diversevul,
  primevul,
  sven,
  safecoder,
  cvefixes,
  juliet,
  owasp,
  castle,
  codeql,
  semgrep,
} as const satisfies Readonly<Record<string, Importer>>;

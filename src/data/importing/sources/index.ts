/** @file The table of data sets that can be imported: one row each. */
import type { Importer } from "../draft.ts";
import { bigvul, devign, diversevul, primevul, safecoder, sven, table } from "./commits.ts";

/** Importers by the name the command line knows them by. */
export const importers = {
  table,
  devign,
  bigvul,
  diversevul,
  primevul,
  sven,
  safecoder,
} as const satisfies Readonly<Record<string, Importer>>;

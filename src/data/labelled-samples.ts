/** @file Labelled samples: functions marked vulnerable or safe, one JSON object a line. */
import { z } from "zod";
import { readRecords } from "./json-lines.ts";
import { normalizeLanguage } from "./languages.ts";
import type { LineLimits } from "./lines.ts";

/** One function with its label. */
export interface LabelledSample {
  readonly id: string;
  /** Normalised by {@link normalizeLanguage}. */
  readonly language: string;
  readonly code: string;
  /** 1 vulnerable, 0 not. */
  readonly label: 0 | 1;
  readonly cwe: string | null;
  /** Shared by a vulnerable function and its fixed form; such samples stay in one split. */
  readonly pair: string | null;
  /** Shared by samples of one origin (commit, test family); a group stays in one split. */
  readonly group: string;
  /** The data set the sample comes from. */
  readonly source: string;
}

const name = z.string().min(1);
const optionalName = z.string().nullable().default(null);

const schema = z.object({
  id: name,
  language: name.transform(normalizeLanguage),
  code: z.string(),
  label: z.literal([0, 1]),
  cwe: optionalName,
  pair: optionalName,
  group: name,
  source: z.string(),
});

const expected = {
  id: "a non-empty string",
  language: "a non-empty string",
  code: "a string",
  label: "0 or 1",
  cwe: "a string or null",
  pair: "a string or null",
  group: "a non-empty string",
  source: "a string",
};

/**
 * Read a JSON-lines file of labelled samples, plain or gzip, streamed. `cwe` and `pair` may be left
 * out (null); other fields than those of {@link LabelledSample} are dropped.
 * @throws DataError naming file and line; codes as in {@link readRecords}
 */
export function readLabelledSamples(
  path: string,
  limits: LineLimits = {},
): Promise<LabelledSample[]> {
  return readRecords<LabelledSample>(path, { name: "labelled sample", schema, expected }, limits);
}

/** A labelled sample with whatever else its line says of it: a date, a repository, a family. */
export type LabelledRow = LabelledSample & Readonly<Record<string, unknown>>;

/**
 * As {@link readLabelledSamples}, but other fields are kept.
 * @throws DataError naming file and line; codes as in {@link readRecords}
 */
export function readLabelledRows(path: string, limits: LineLimits = {}): Promise<LabelledRow[]> {
  const format = { name: "labelled sample", schema: schema.loose(), expected };
  return readRecords<LabelledRow>(path, format, limits);
}

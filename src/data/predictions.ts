/** @file Predictions: a score and a class for each sample, one JSON object a line. */
import { z } from "zod";
import { DataError, writeFileAtomically } from "../base/index.ts";
import { readRecords } from "./json-lines.ts";
import type { LineLimits } from "./lines.ts";

/** What a model says about one sample. */
export interface Prediction {
  readonly id: string;
  /** Probability of label 1, in [0, 1]. */
  readonly score: number;
  readonly label: 0 | 1;
}

const schema = z.object({
  id: z.string().min(1),
  score: z.number().min(0).max(1),
  label: z.literal([0, 1]),
});

const expected = { id: "a non-empty string", score: "a number in [0, 1]", label: "0 or 1" };
const format = { name: "prediction", schema, expected };

/**
 * Read a JSON-lines file of predictions, plain or gzip.
 * @throws DataError naming file and line; codes as in {@link readRecords}
 */
export function readPredictions(path: string, limits: LineLimits = {}): Promise<Prediction[]> {
  return readRecords<Prediction>(path, format, limits);
}

/**
 * Write predictions as JSON lines, all or nothing; {@link readPredictions} gets the same values back.
 * @throws DataError `data.prediction` for a score outside [0, 1] or NaN; `disk.full`, `file.unwritable`
 */
export function writePredictions(path: string, predictions: Iterable<Prediction>): void {
  const lines = Array.from(predictions, (prediction) => {
    const { id, score, label } = prediction;
    if (!schema.safeParse(prediction).success) throw badPrediction(path, prediction);
    return `${JSON.stringify({ id, score, label })}\n`;
  });
  writeFileAtomically(path, lines.join(""));
}

function badPrediction(path: string, { id, score, label }: Prediction): DataError {
  return new DataError("data.prediction", "internal: bad prediction", {
    expected: "an id, a score in [0, 1], a label 0 or 1",
    got: `id ${JSON.stringify(id)}, score ${score}, label ${label}`,
    where: path,
  });
}

/** @file The data of each fold, divided once and kept; test samples are opened on demand. */
import { join } from "node:path";
import { makeFolder } from "../base/index.ts";
import { digestOfText } from "../data/index.ts";
import type { LabRow, ReadData } from "./data-sets.ts";
import { type Dropped, divide, openTests } from "./divide.ts";
import type { Experiment } from "./experiment.ts";
import type { Fold } from "./folds.ts";
import {
  isDone,
  markDone,
  readLines,
  stageFolder,
  stageId,
  summaryOf,
  writeLines,
} from "./stage-store.ts";

/** Test samples of a fold, with their part. */
export interface OpenedTests {
  readonly seenTest: readonly LabRow[];
  readonly unseen: readonly LabRow[];
  readonly dropped: Dropped;
}

/** A fold and its data. */
export interface FoldData {
  readonly fold: Fold;
  readonly train: readonly LabRow[];
  readonly validation: readonly LabRow[];
  readonly dropped: Dropped;
  /** Of what is trained on: codes and labels. */
  readonly trainDigest: string;
  readonly validationDigest: string;
  /** Whether an earlier run of the lab has opened the tests. */
  readonly isOpened: boolean;
  open(): Promise<OpenedTests>;
}

/** What of an experiment decides a division. */
function settingsOf(experiment: Experiment) {
  const { validationShare, testShare, splitSeed, limits, leakThreshold, data } = experiment;
  const roles = data.map(({ name, role }) => [name, role]);
  return { validationShare, testShare, splitSeed, limits, leakThreshold, roles };
}

/** Divide the data for a fold, or read the division that an earlier run made. */
export async function foldData(
  out: string,
  fold: Fold,
  experiment: Experiment,
  { rows, digests }: ReadData,
): Promise<FoldData> {
  const id = stageId({ stage: "divide", fold, digests, ...settingsOf(experiment) });
  const testsId = stageId({ stage: "tests", division: id });
  const path = (name: string) => join(stageFolder(out, id), name);
  if (!isDone(out, id)) {
    const { train, validation, sealed, dropped } = await divide(rows, fold, experiment);
    makeFolder(stageFolder(out, id));
    writeLines(path("train.jsonl"), train);
    writeLines(path("validation.jsonl"), validation);
    writeLines(
      path("sealed.jsonl"),
      sealed.map((row) => row.id),
    );
    markDone(out, id, { dropped });
  }
  const testPath = (name: string) => join(stageFolder(out, testsId), name);
  const train = await readLines<LabRow>(path("train.jsonl"));
  const validation = await readLines<LabRow>(path("validation.jsonl"));
  return {
    ...{ fold, train, validation },
    trainDigest: digestOfLabelled(train),
    validationDigest: digestOfLabelled(validation),
    dropped: summaryOf<{ dropped: Dropped }>(out, id).dropped,
    isOpened: isDone(out, testsId),
    open: async () => {
      if (!isDone(out, testsId)) {
        const rowOf = new Map(rows.map((row) => [row.id, row]));
        const ids = await readLines<string>(path("sealed.jsonl"));
        const sealed = ids.map((one) => rowOf.get(one)!);
        const tests = await openTests({ train, validation, sealed }, fold, experiment);
        makeFolder(stageFolder(out, testsId));
        writeLines(testPath("seen-test.jsonl"), tests.seenTest);
        writeLines(testPath("unseen.jsonl"), tests.unseen);
        markDone(out, testsId, { dropped: tests.dropped });
      }
      return {
        seenTest: await readLines<LabRow>(testPath("seen-test.jsonl")),
        unseen: await readLines<LabRow>(testPath("unseen.jsonl")),
        dropped: summaryOf<{ dropped: Dropped }>(out, testsId).dropped,
      };
    },
  };
}

function digestOfLabelled(rows: readonly LabRow[]): string {
  return digestOfText(rows.map(({ id, code, label }) => JSON.stringify([id, code, label])).join());
}

/** Of what a model is asked: no label is part of it. */
export function digestOfCode(rows: readonly LabRow[]): string {
  return digestOfText(rows.map(({ id, code }) => JSON.stringify([id, code])).join());
}

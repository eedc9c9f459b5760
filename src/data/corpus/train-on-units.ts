/** @file Trains the tokenizer on the mined functions of the training split, read from disk as it goes. */
import { hash32 } from "../../base/index.ts";
import { type Tokenizer, trainTokenizer } from "../../tokenizer/index.ts";
import { readMined } from "./encode-shard.ts";
import type { MinedRecord } from "./mine-unit.ts";
import { splitCodes } from "./split-groups.ts";
import type { Task, TaskContext, TaskReports } from "./tasks.ts";

/**
 * CodeT5's settings: byte-level BPE over code and docstrings, words end at line ends as in training
 * from files (salesforce/CodeT5 tokenizer/train_tokenizer.py at 7de7f69). Of more text than
 * `tokenizerMegabytes` an even sample of functions is read.
 */
export function trainOnUnits(
  { work, settings }: TaskContext,
  { firsts, splits, textBytes }: Extract<Task, { kind: "tokenizer" }>,
  onProgress: TaskReports["onProgress"],
): Tokenizer {
  const { vocabSize, minFrequency, tokenizerMegabytes, seed } = settings;
  const share = (tokenizerMegabytes * 1e6) / Math.max(1, textBytes);
  const isTaken = (i: number) =>
    splits[i] === splitCodes.train && hash32(seed, i) < share * 2 ** 32;
  return trainTokenizer(trainingTexts(work, firsts, isTaken), {
    vocabSize,
    minFrequency,
    useLines: true,
    onProgress: ({ stage, done }) => onProgress(stage, done),
  });
}

/** A text per source file: its docstrings and functions, each on lines of its own. */
function* trainingTexts(
  work: string,
  firsts: readonly number[],
  isTaken: (i: number) => boolean,
): Generator<string> {
  for (let unit = 0; unit + 1 < firsts.length; unit++) {
    let i = firsts[unit]!;
    const text = readMined(work, unit);
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf(0x0a, start);
      const record = JSON.parse(text.toString("utf8", start, end)) as MinedRecord;
      start = end + 1;
      const parts = record.functions
        .filter(() => isTaken(i++))
        .flatMap(({ docstring, code }) => (docstring === "" ? [code] : [docstring, code]));
      if (parts.length > 0) yield `${parts.join("\n")}\n`;
    }
  }
}

/** @file CodeXGLUE's tasks in parallel text files: translation and refinement. */
import { join } from "node:path";
import { readParallel, type TextPair } from "../parallel-lines.ts";
import { type Parts, partNames, readParts } from "./parts.ts";

/** The two directions of translation, by the endings of the files: the same six files serve both. */
const translateDirections = {
  "java-cs": { source: "java", target: "cs" },
  "cs-java": { source: "cs", target: "java" },
} as const;

/**
 * `{train,valid,test}.java-cs.txt.{java,cs}`.
 * Source: salesforce/CodeT5 _utils.py `read_translate_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readParallel`
 */
export function readTranslate(
  folder: string,
  direction: keyof typeof translateDirections,
): Promise<Parts<TextPair>> {
  const { source, target } = translateDirections[direction];
  return readPairs(folder, (part) => [
    `${part}.java-cs.txt.${source}`,
    `${part}.java-cs.txt.${target}`,
  ]);
}

/**
 * `{small,medium}/{train,valid,test}.buggy-fixed.{buggy,fixed}`.
 * Source: salesforce/CodeT5 _utils.py `read_refine_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readParallel`
 */
export function readRefine(folder: string, size: "small" | "medium"): Promise<Parts<TextPair>> {
  return readPairs(join(folder, size), (part) => [
    `${part}.buggy-fixed.buggy`,
    `${part}.buggy-fixed.fixed`,
  ]);
}

function readPairs(folder: string, filesOf: (part: string) => [string, string]) {
  return readParts(
    folder,
    (part) => filesOf(partNames[part]),
    (paths) => readParallel(paths[0]!, paths[1]!),
  );
}

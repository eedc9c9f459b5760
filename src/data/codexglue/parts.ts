/** @file What CodeXGLUE's readers have in common: a folder's parts, of which some may be absent. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../base/index.ts";
import type { SplitName } from "../split.ts";

/** A data set in its published layout. A part whose files are absent is empty. */
export interface Parts<T> {
  readonly splits: Readonly<Record<SplitName, readonly T[]>>;
  /** Files that were read. */
  readonly files: readonly string[];
}

/** CodeXGLUE's names of the parts; Concode's second one is `dev`. */
export const partNames = { train: "train", validation: "valid", test: "test" } as const;

/**
 * Read the parts that are there.
 * @param filesOf the files of a part, relative to the folder
 * @param read one part, from the same files as paths
 * @throws DataError `file.missing` when a part lacks one of its files, or no part is there at all
 */
export async function readParts<T>(
  folder: string,
  filesOf: (part: SplitName) => readonly string[],
  read: (paths: readonly string[]) => Promise<readonly T[]>,
): Promise<Parts<T>> {
  const splits: Record<SplitName, readonly T[]> = { train: [], validation: [], test: [] };
  const files: string[] = [];
  for (const part of Object.keys(splits) as SplitName[]) {
    const paths = filesOf(part).map((name) => join(folder, name));
    if (!paths.some((path) => existsSync(path))) continue;
    splits[part] = await read(paths);
    files.push(...paths);
  }
  if (files.length > 0) return { splits, files };
  throw new DataError("file.missing", "file not found", {
    expected: `${filesOf("train").join(" and ")}, or those of another part`,
    got: existsSync(folder) ? "a folder without any part" : "no such folder",
    where: join(folder, filesOf("train")[0]!),
  });
}

/** The same parts with every row mapped; the row's number counts from 0 within its part. */
export function mapParts<T, U>(
  { splits, files }: Parts<T>,
  map: (row: T, number: number) => U,
): Parts<U> {
  const { train, validation, test } = splits;
  const mapped = { train: train.map(map), validation: validation.map(map), test: test.map(map) };
  return { splits: mapped, files };
}

/** @file CodeXGLUE's classification tasks: defects in functions, clones among them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../base/index.ts";
import { pythonSplit } from "../../metrics/index.ts";
import { readJsonLines } from "../json-lines.ts";
import { forEachLine } from "../lines.ts";
import { type Parts, partNames, readParts } from "./parts.ts";

/** White space folded into single spaces. */
function folded(code: string): string {
  return pythonSplit(code).join(" ");
}

/** A function with its label. */
export interface LabelledFunction {
  readonly source: string;
  readonly label: 0 | 1;
}

const functions = {
  name: "function of the defect data",
  schema: z.object({ func: z.string(), target: z.literal([0, 1]) }),
  expected: { func: "a string", target: "0 or 1" },
};

/**
 * Devign: `{train,valid,test}.jsonl`.
 * Source: salesforce/CodeT5 _utils.py `read_defect_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readJsonLines`
 */
export function readDefect(folder: string): Promise<Parts<LabelledFunction>> {
  return readParts(
    folder,
    (part) => [`${partNames[part]}.jsonl`],
    async ([path]) =>
      (await readJsonLines(path!, functions)).map(({ func, target }) => {
        return { source: folded(func), label: target };
      }),
  );
}

/** Two functions, and whether they do the same. */
export interface ClonePair {
  readonly source: string;
  readonly other: string;
  readonly label: 0 | 1;
}

const snippets = {
  name: "function of the clone data",
  schema: z.object({ func: z.string(), idx: z.union([z.string(), z.number()]) }),
  expected: { func: "a string", idx: "a string or a number" },
};

/**
 * BigCloneBench: functions in `data.jsonl`, pairs in `{train,valid,test}.txt` as `idx<TAB>idx<TAB>label`.
 * Pairs that name an unknown function are left out, as in the reference.
 * Source: salesforce/CodeT5 _utils.py `read_clone_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readJsonLines`; `data.record` for a line that is no pair
 */
export async function readClone(folder: string): Promise<Parts<ClonePair>> {
  const path = join(folder, "data.jsonl");
  const rows = existsSync(folder) ? await readJsonLines(path, snippets) : [];
  const codeOf = new Map(rows.map(({ idx, func }) => [String(idx), folded(func)]));
  const { splits, files } = await readParts(
    folder,
    (part) => [`${partNames[part]}.txt`],
    ([pairs]) => readPairs(pairs!, codeOf),
  );
  return { splits, files: [path, ...files] };
}

async function readPairs(path: string, codeOf: ReadonlyMap<string, string>): Promise<ClonePair[]> {
  const pairs: ClonePair[] = [];
  await forEachLine(path, { lineEnds: "universal" }, (line, number) => {
    if (line.trim() === "") return;
    const [first, second, label] = line.trim().split("\t");
    if (label !== "0" && label !== "1") {
      throw new DataError("data.record", "not a pair of functions", {
        expected: "idx<TAB>idx<TAB>0 or 1",
        got: JSON.stringify(line.slice(0, 60)),
        where: `${path}:${number}`,
      });
    }
    const [source, other] = [codeOf.get(first!), codeOf.get(second!)];
    if (source === undefined || other === undefined) return;
    pairs.push({ source, other, label: label === "1" ? 1 : 0 });
  });
  return pairs;
}

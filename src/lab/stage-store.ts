/**
 * @file What a lab keeps between runs: one folder for each stage, named by a digest of everything that its
 * result depends on, so that it is never made twice and never mistaken for another's.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, parseJson, readJsonFile, writeFileAtomically } from "../base/index.ts";
import { digestOfText, forEachLine } from "../data/index.ts";
import { labFiles } from "./records.ts";

/** Raised when a stage's result comes to mean something else. */
const layout = 1;

/** Names a stage by what it depends on. */
export function stageId(parts: Readonly<Record<string, unknown>>): string {
  return digestOfText(JSON.stringify({ layout, ...parts })).slice(0, 24);
}

/** The folder of a stage. */
export function stageFolder(out: string, id: string): string {
  return join(out, labFiles.stages, id);
}

const donePath = (out: string, id: string) => join(stageFolder(out, id), "done.json");

/** Whether a stage has its result. */
export function isDone(out: string, id: string): boolean {
  return existsSync(donePath(out, id));
}

/** The last thing that a stage writes: its summary. */
export function markDone(out: string, id: string, summary: object): void {
  makeFolder(stageFolder(out, id));
  writeFileAtomically(donePath(out, id), `${JSON.stringify(summary)}\n`);
}

/** What {@link markDone} wrote. */
export function summaryOf<T>(out: string, id: string): T {
  return readJsonFile(donePath(out, id)) as T;
}

/** Write one JSON value a line, whole or not at all. */
export function writeLines(path: string, values: Iterable<unknown>): void {
  writeFileAtomically(path, (write) => {
    for (const value of values) write(Buffer.from(`${JSON.stringify(value)}\n`));
  });
}

/** What {@link writeLines} wrote. */
export async function readLines<T>(path: string): Promise<T[]> {
  const values: T[] = [];
  await forEachLine(path, { lineEnds: "lf" }, (line, number) => {
    values.push(parseJson(line, `${path}:${number}`) as T);
  });
  return values;
}

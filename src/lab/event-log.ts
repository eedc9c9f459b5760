/** @file `log.jsonl`: what a lab did, in order; a lab that is continued writes on. */
import { appendFileSync, existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { readTextFile, writeError } from "../base/index.ts";
import { type LabEvent, labFiles } from "./records.ts";

/** Appends an event. */
export type Log = (event: LabEvent) => void;

/** Open the log of a lab's folder; a last line that a killed process left unfinished is cut off. */
export function openLog(out: string): Log {
  const path = join(out, labFiles.log);
  if (existsSync(path)) {
    const text = readTextFile(path);
    const end = text.lastIndexOf("\n") + 1;
    if (end < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, end)));
  }
  return (event) => {
    try {
      appendFileSync(path, `${JSON.stringify(event)}\n`);
    } catch (cause) {
      throw writeError(path, cause);
    }
  };
}

/**
 * @file Answers that were paid for, kept: one JSON object a line, appended and flushed to the disk before
 * anyone sees the answer. Keys are digests of requests, so no code and no key of a server is in the file.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, truncateSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataError, makeFolder, syncFolder, writeError } from "../base/index.ts";
import { acquireLock } from "../checkpoint/index.ts";

/** The most likely tokens at one place of an answer, with their log-probabilities (nats). */
const position = z.object({
  token: z.string(),
  top: z.array(z.tuple([z.string(), z.number()])).max(100),
});

const answer = z.object({
  text: z.string(),
  /** Absent where the server gave none. */
  positions: z.array(position).max(100).optional(),
  /** The server found the request too long. */
  isTooLong: z.boolean().optional(),
});

const line = z.object({ key: z.string().length(64), answer });

export type Position = z.output<typeof position>;

/** What a server said. */
export type Answer = z.output<typeof answer>;

/** Answers by the digest of their request. */
export interface AnswerCache {
  get(key: string): Answer | undefined;
  /** Resolves when it is on the disk. */
  put(key: string, answer: Answer): Promise<void>;
  /** Answers that were there when it was opened. */
  readonly numKept: number;
  close(): Promise<void>;
}

/** SHA-256 of a request, 64 hexadecimal digits. */
export function digestOf(request: object): string {
  return createHash("sha256").update(JSON.stringify(request), "utf8").digest("hex");
}

const fileName = "answers.jsonl";
/** A quarter of a million answers with their probabilities. */
const maxFileBytes = 500_000_000;

/**
 * Open a folder's answers. What a killed process left of its last line is cut off; a line that is
 * damaged otherwise is passed over, its question asked again.
 * @throws DataError `run.locked` while another process has it, `file.*`, `disk.full`
 */
export async function openAnswerCache(folder: string): Promise<AnswerCache> {
  makeFolder(folder);
  const lock = acquireLock(folder);
  const path = join(folder, fileName);
  try {
    const kept = readKept(path);
    const file = await open(path, "a");
    syncFolder(folder);
    const append = createAppender(path, file);
    return {
      numKept: kept.size,
      get: (key) => kept.get(key),
      async put(key, given) {
        await append(`${asciiJson({ key, answer: given })}\n`);
        kept.set(key, given);
      },
      async close() {
        await file.close();
        lock.release();
      },
    };
  } catch (cause) {
    lock.release();
    throw writeError(path, cause);
  }
}

function readKept(path: string): Map<string, Answer> {
  const kept = new Map<string, Answer>();
  if (!existsSync(path)) return kept;
  const { size } = statSync(path);
  if (size > maxFileBytes) {
    const details = { expected: `at most ${maxFileBytes} bytes`, got: String(size), where: path };
    throw new DataError("file.tooLarge", "too many answers in one file", details);
  }
  // lines are ASCII: what is not is damage, which must not keep the others from being read
  const text = readFileSync(path, "latin1");
  const end = text.lastIndexOf("\n") + 1;
  // a line without its end was not wholly written
  if (end < text.length) truncateSync(path, end);
  for (const row of text.slice(0, end).split("\n")) {
    const found = readLine(row);
    if (found !== undefined) kept.set(found.key, found.answer);
  }
  return kept;
}

function readLine(text: string): z.output<typeof line> | undefined {
  if (text === "") return undefined;
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Lines that arrive while the disk is busy go together with one flush. */
function createAppender(path: string, file: Awaited<ReturnType<typeof open>>) {
  let waiting: { text: string; done: () => void; failed: (cause: unknown) => void }[] = [];
  let isBusy = false;
  let isLineOpen = false;
  const flush = async () => {
    isBusy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const lines = batch.map(({ text }) => text).join("");
        await file.appendFile(isLineOpen ? `\n${lines}` : lines);
        await file.datasync();
        isLineOpen = false;
        for (const { done } of batch) done();
      } catch (cause) {
        // a full disk may have taken a part of a line
        isLineOpen = true;
        for (const { failed } of batch) failed(writeError(path, cause));
      }
    }
    isBusy = false;
  };
  return (text: string) =>
    new Promise<void>((done, failed) => {
      waiting.push({ text, done, failed });
      if (!isBusy) void flush();
    });
}

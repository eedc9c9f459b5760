/** @file What a test needs to look at a failure: the error, and the line that caused it. */
import { expect } from "vitest";
import type { CodeT5Error } from "../src/base/index.ts";

/** The error of a promise that must fail. */
export const failureOf = (run: Promise<unknown>): Promise<CodeT5Error> =>
  run.then(
    () => expect.fail("nothing was thrown"),
    (error) => error as CodeT5Error,
  );

/** The line that follows the one where this is called, as errors name it: `src/runtime/session.test.ts:12`. */
export function nextLine(): string {
  const frame = new Error().stack!.split("\n")[2]!;
  const [, file, line] = frame.match(/(src\/[^:]+\.test\.ts):(\d+)/)!;
  return `${file}:${Number(line) + 1}`;
}

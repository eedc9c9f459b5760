/** @file One process around `run`: uncaught errors and closed pipes end it as they should. */
import { exitCodeOf, failureText } from "./failure.ts";
import { type Io, isClosedPipe } from "./io.ts";
import { run } from "./run.ts";
import type { Row } from "./verb-table.ts";

/** Run a command and leave its code in `process.exitCode`; open handles may still finish. */
export async function runProcess(
  argv: readonly string[],
  io: Io,
  table?: readonly Row[],
): Promise<void> {
  const fail = (error: unknown) => {
    io.stderr.write(failureText(error));
    io.exit(exitCodeOf(error));
  };
  process.on("uncaughtException", fail);
  for (const stream of [io.stdout, io.stderr]) {
    // a reader that has gone is no failure; the writer finds out at its next write
    stream.on("error", (error) => (isClosedPipe(error) ? undefined : fail(error)));
  }
  process.exitCode = await run(argv, io, table);
}

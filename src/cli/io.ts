/** @file The outside world of a command: three streams, signals and the exit; a test passes its own. */
import type { Readable, Writable } from "node:stream";

/** A stream to write text to; the optional fields are those of a terminal. */
export type Output = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  getColorDepth?(): number;
};

/** What `run` needs of a process. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Listen to SIGINT, SIGTERM and SIGHUP; returns the function that stops listening. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** End the process at once. */
  exit(code: number): void;
}

/** Thrown inside a verb that writes to a pipe whose reader has gone: ends it quietly, exit 0. */
export class OutputClosed extends Error {}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The real process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal(listener) {
      for (const signal of stopSignals) process.on(signal, listener);
      return () => {
        for (const signal of stopSignals) process.off(signal, listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/** Write text and wait until the stream has taken it; throws what the stream reports. */
export function writeText(stream: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

const closedCodes = ["EPIPE", "EIO", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"];

/** True for the errors of a pipe whose reader has gone, or of a terminal that was closed. */
export function isClosedPipe(error: unknown): boolean {
  return closedCodes.includes((error as NodeJS.ErrnoException | null)?.code ?? "");
}

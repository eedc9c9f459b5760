/** @file Runs a command inside the test: captured streams, signals by hand, no process. */
import { EventEmitter } from "node:events";
import { Readable, Writable } from "node:stream";
import type { Io, Output } from "../src/cli/io.ts";
import { run } from "../src/cli/run.ts";
import type { Row } from "../src/cli/verb-table.ts";

/** What a command left behind. */
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Setting {
  readonly stdin?: string;
  /** Verbs other than the real ones. */
  readonly table?: readonly Row[];
  /** Emits SIGINT and SIGTERM to the command; `exit` is emitted when it ends the process. */
  readonly signals?: EventEmitter;
}

/** A stream that keeps what is written. */
export function captureStream(): { readonly stream: Output; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}

/** Run `codet5 ...argv`. */
export async function runCli(argv: readonly string[], setting: Setting = {}): Promise<Captured> {
  const stdout = captureStream();
  const stderr = captureStream();
  const signals = setting.signals ?? new EventEmitter();
  const io: Io = {
    stdin: Readable.from(setting.stdin === undefined ? [] : [Buffer.from(setting.stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    onSignal(listener) {
      signals.on("signal", listener);
      return () => signals.off("signal", listener);
    },
    exit: (code) => signals.emit("exit", code),
  };
  const code = await run(argv, io, setting.table);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

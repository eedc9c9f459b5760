/** @file Ctrl-C: the first asks the running job to stop after its step, the second ends it at once. */
import { type Io, isClosedPipe } from "./io.ts";

/** Stop requests of one run. */
export interface Interrupt {
  /** Aborted by the first signal, or when the reader of our output has gone. */
  readonly signal: AbortSignal;
  /** Exit code of a run asked to stop, as a shell tells it: 128 plus the signal; 0 when not asked. */
  exitCode(): number;
  /** Leave signals to the system again. */
  release(): void;
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/**
 * A terminal sends Ctrl-C to npm and to us, and npm passes it on: what comes so soon after the
 * first is the same key press.
 */
const echoMs = 300;

/**
 * Take over the signals that end a process; a reader of our output that goes away counts as one.
 * @param onFirst says that the job is stopping
 * @param onSecond last words before the process ends: restore the terminal
 */
export function catchInterrupt(io: Io, onFirst: () => void, onSecond: () => void): Interrupt {
  const controller = new AbortController();
  let code = 0;
  let firstMs = 0;
  const listener = (signal: string) => {
    if (code === 0) {
      code = 128 + (signalNumbers[signal] ?? 0);
      firstMs = performance.now();
      onFirst();
      controller.abort();
    } else if (signal !== "SIGPIPE" && performance.now() - firstMs > echoMs) {
      onSecond();
      io.exit(code);
    }
  };
  const onStreamError = (error: Error) => {
    if (isClosedPipe(error)) listener("SIGPIPE");
  };
  const streams = [io.stdout, io.stderr];
  const stopListening = io.onSignal(listener);
  for (const stream of streams) stream.on("error", onStreamError);
  const release = () => {
    stopListening();
    for (const stream of streams) stream.off("error", onStreamError);
  };
  return { signal: controller.signal, exitCode: () => code, release };
}

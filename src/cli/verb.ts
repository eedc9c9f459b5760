/** @file What a verb is: plain data plus one function. The recipe for a new one is in verb-table.ts. */
import type { Readable } from "node:stream";
import type { z } from "zod";
import type { Progress, ProgressShape } from "./progress.ts";

/** A command line that works as printed, and what it does; every example is parsed by a test. */
export interface Example {
  readonly command: string;
  readonly text: string;
}

/** What a verb hands back; the frame prints it. */
export interface Result {
  /** The one JSON object printed under `--json`. */
  readonly json: object;
  /** What is printed without `--json`; nothing when absent. */
  readonly text?: string;
  /** 0 by default, or 130 / 143 when the run was asked to stop; a verb may decide otherwise. */
  readonly exitCode?: number;
}

/** Everything a running verb may touch of the outside world. */
export interface Call<Options = Readonly<Record<string, unknown>>> {
  /** Validated options: defaults < `--config` file < flags and arguments. */
  readonly options: Options & { readonly seed: number };
  /** The same before any transform: every key, a valid `--config` file; to be saved in a run folder. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly stdin: Readable;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Text to stdout ahead of the result (streaming); dropped under `--json`. */
  write(text: string): void;
  /** One line to stderr; dropped under `--quiet`. */
  log(line: string): void;
  /** One line to stderr, `--quiet` or not. */
  warn(line: string): void;
  /** Start the progress display; one at a time, a new one ends the last. Stopped by the frame. */
  progress(shape: ProgressShape): Progress;
  /**
   * From this call on the first Ctrl-C (or SIGTERM) aborts the signal instead of the process, so
   * that the verb can save and return; the second ends the process at once.
   */
  stopSignal(): AbortSignal;
}

/** A verb: its options are a zod object whose fields carry `.meta({ description, unit })`. */
export interface Verb<Schema extends z.ZodObject = z.ZodObject> {
  /** Keys of `options` given by position, in order; the last may be a list. They take no flag. */
  readonly arguments: readonly (keyof Schema["shape"] & string)[];
  /** The options; the schema alone holds defaults, ranges, units and descriptions. */
  readonly options: Schema;
  readonly examples: readonly Example[];
  run(call: Call<z.output<Schema>>): Promise<Result>;
}

/** Types a verb by its schema, then forgets the schema so that all verbs fit one table. */
export function defineVerb<Schema extends z.ZodObject>(verb: Verb<Schema>): Verb {
  return verb as unknown as Verb;
}

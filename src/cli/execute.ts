/** @file Runs one verb: command line and config file to options, a call to make, a result to print. */
import { checkEnvironment } from "../base/index.ts";
import { readConfigFile, resolvedConfig, type Sources, validateOptions } from "./config.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { type CommandLine, parseCommandLine } from "./flags.ts";
import { catchInterrupt, type Interrupt } from "./interrupt.ts";
import { type Io, isClosedPipe, OutputClosed, writeText } from "./io.ts";
import { type Progress, silentProgress, startProgress } from "./progress.ts";
import type { Call, Result, Verb } from "./verb.ts";

/**
 * Parse, validate, run and print.
 * @param words what follows the verb on the command line
 * @returns the exit code
 */
export async function execute(verb: Verb, words: readonly string[], io: Io): Promise<number> {
  const fields = fieldsOf(verb);
  const line = parseCommandLine(words, fields);
  checkEnvironment();
  const sources = readSources(line, fields);
  const options = validateOptions(verb, fields, sources, line.frame.printConfig);
  const config = resolvedConfig(fields, sources);
  if (line.frame.printConfig) {
    await writeText(io.stdout, `${JSON.stringify(config, null, 2)}\n`);
    return 0;
  }
  const session = startSession(io, line.frame.quiet);
  try {
    const models = fields.filter(({ schema }) => schema.isModel);
    const resolved = models.length === 0 ? options : await foldersOf(options, models, session);
    const call = callOf(session, { options: resolved, config, line, io });
    const result = await verb.run(call);
    session.end();
    await printResult(result, line.frame.json, io);
    return result.exitCode ?? session.interrupt()?.exitCode() ?? 0;
  } finally {
    session.end();
  }
}

/** Loaded only by verbs that take a model: the start of the others stays fast. */
async function foldersOf(
  options: Call["options"],
  models: readonly Field[],
  session: ReturnType<typeof startSession>,
): Promise<Call["options"]> {
  const { withModelFolders } = await import("./model-argument.ts");
  return withModelFolders(options, models, session);
}

function readSources(line: CommandLine, fields: readonly Field[]): Sources {
  const filePath = line.frame.config;
  if (filePath === undefined) return { file: {}, commandLine: line.values };
  return { file: readConfigFile(filePath, fields), filePath, commandLine: line.values };
}

async function printResult(result: Result, asJson: boolean, io: Io): Promise<void> {
  const text = asJson ? JSON.stringify(result.json) : (result.text ?? "");
  if (text !== "") await writeText(io.stdout, text.endsWith("\n") ? text : `${text}\n`);
}

/** The parts of a run that must be put back in order however it ends. */
function startSession(io: Io, isQuiet: boolean) {
  let progress: Progress | undefined;
  let interrupt: Interrupt | undefined;
  const print = (text: string) => {
    if (progress === undefined) io.stderr.write(`${text}\n`);
    else progress.note(text);
  };
  const stopProgress = () => {
    progress?.stop();
    progress = undefined;
  };
  return {
    warn: print,
    log: (text: string) => (isQuiet ? undefined : print(text)),
    progress(shape: Parameters<Call["progress"]>[0]): Progress {
      stopProgress();
      if (isQuiet) return silentProgress;
      progress = startProgress(io.stderr, shape);
      return progress;
    },
    interrupt: () => interrupt,
    stopSignal(): AbortSignal {
      const onFirst = () => print("stopping after this step; Ctrl-C again stops at once");
      interrupt ??= catchInterrupt(io, onFirst, stopProgress);
      return interrupt.signal;
    },
    end() {
      stopProgress();
      interrupt?.release();
    },
  };
}

interface Prepared {
  readonly options: Call["options"];
  readonly config: Call["config"];
  readonly line: CommandLine;
  readonly io: Io;
}

function callOf(session: ReturnType<typeof startSession>, prepared: Prepared): Call {
  const { options, config, line, io } = prepared;
  const { json, quiet } = line.frame;
  const { log, warn, progress, stopSignal } = session;
  // process.stdout forgets its failure a tick later
  let isClosed = false;
  io.stdout.once("error", (error) => {
    isClosed = isClosedPipe(error);
  });
  const write = (text: string) => {
    if (isClosed || isClosedPipe(io.stdout.errored) || io.stdout.destroyed)
      throw new OutputClosed();
    if (!json) io.stdout.write(text);
  };
  return { options, config, stdin: io.stdin, json, quiet, write, log, warn, progress, stopSignal };
}

/** @file `run(argv, io)`: finds the verb, loads it and runs it; every failure ends as one line. */
import { nearest, UsageError } from "../base/index.ts";
import { exitCodeOf, failureText } from "./failure.ts";
import { type Io, isClosedPipe, OutputClosed, writeText } from "./io.ts";
import { type Row, type VerbRow, verbTable } from "./verb-table.ts";
import { packageVersion } from "./version.ts";

const programSummary = "train, fine-tune and run CodeT5, an encoder-decoder for code";

/**
 * Run one command.
 * @param argv words after `codet5`
 * @param table the verbs; a test may pass its own
 * @returns 0 done, 1 failed, 2 not understood, or what the verb decided
 */
export async function run(
  argv: readonly string[],
  io: Io,
  table: readonly Row[] = verbTable,
): Promise<number> {
  try {
    return await dispatch(argv, io, table);
  } catch (error) {
    // the reader of our output has gone, as with `| head`: nobody to tell
    if (error instanceof OutputClosed || isClosedPipe(error)) return 0;
    io.stderr.write(failureText(error));
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], io: Io, table: readonly Row[]): Promise<number> {
  if (argv[0] === "--version") return print(io, `${packageVersion()}\n`);
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const path = findVerb(words, table);
  const rest = words.slice(path.names.length);
  const name = ["codet5", ...path.names].join(" ");
  const wantsHelp = isHelpAsked(rest);
  if (path.verb === undefined) {
    if (!wantsHelp) throw verbError(rest[0], name, path.rows, table);
    const { groupHelp } = await import("./group-help.ts");
    return print(io, groupHelp(name, path.summary, path.rows, widthOf(io)));
  }
  const { verb } = await path.verb.load();
  if (!wantsHelp) return (await import("./execute.ts")).execute(verb, rest, io);
  const [{ verbHelp }, { fieldsOf }] = await Promise.all([
    import("./verb-help.ts"),
    import("./fields.ts"),
  ]);
  const { summary } = path.verb;
  const { examples } = verb;
  return print(
    io,
    verbHelp({ name, summary, fields: fieldsOf(verb), examples, width: widthOf(io) }),
  );
}

/** How far the words lead into the table: to a verb, or to the rows to choose from. */
interface VerbPath {
  readonly names: readonly string[];
  readonly summary: string;
  readonly rows: readonly Row[];
  readonly verb?: VerbRow;
}

function findVerb(words: readonly string[], table: readonly Row[]): VerbPath {
  const row = table.find(({ name }) => name === words[0]);
  if (row === undefined) return { names: [], summary: programSummary, rows: table };
  if (!("verbs" in row)) return { names: [row.name], summary: row.summary, rows: [], verb: row };
  const inner = findVerb(words.slice(1), row.verbs);
  const names = [row.name, ...inner.names];
  return inner.verb === undefined
    ? { names, summary: row.summary, rows: row.verbs }
    : { ...inner, names };
}

function isHelpAsked(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const flags = end < 0 ? words : words.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

function verbError(
  word: string | undefined,
  name: string,
  rows: readonly Row[],
  table: readonly Row[],
): UsageError {
  const expected = rows.map((row) => row.name).join(", ");
  if (word === undefined) {
    return new UsageError("usage.verb", "no verb given", {
      expected,
      help: `${name} --help tells what each does`,
    });
  }
  if (word.startsWith("-")) {
    const help = "flags come after the verb; --help and --version may stand alone";
    return new UsageError("usage.verb", "no verb before the flags", { expected, got: word, help });
  }
  return new UsageError("usage.verb", `unknown verb ${JSON.stringify(word)}`, {
    expected,
    help: `did you mean ${suggestion(word, name, rows, table)}?`,
  });
}

// a nested verb given without its group is found too: `encode` is `codet5 tokenizer encode`
function suggestion(word: string, name: string, rows: readonly Row[], table: readonly Row[]) {
  const direct = rows.map((row) => [row.name, `${name} ${row.name}`] as const);
  const nested = table.flatMap((row) =>
    "verbs" in row
      ? row.verbs.map((inner) => [inner.name, `codet5 ${row.name} ${inner.name}`] as const)
      : [],
  );
  const candidates = [...direct, ...nested];
  const best = nearest(
    word,
    candidates.map(([short]) => short),
  );
  return candidates.find(([short]) => short === best)?.[1];
}

function widthOf(io: Io): number {
  return Math.min(io.stdout.columns ?? 100, 100);
}

async function print(io: Io, text: string): Promise<number> {
  await writeText(io.stdout, text);
  return 0;
}

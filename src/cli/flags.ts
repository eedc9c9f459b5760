/** @file The command line of one verb: a commander command built from its fields; holds no defaults. */
import { Command, CommanderError, Option } from "commander";
import { nearest, UsageError } from "../base/index.ts";
import { expectation, type Field, type FieldSchema, isFileOnly, isSwitch } from "./fields.ts";

/** Flags of the frame itself; none of them is a config key. */
interface FrameFlags {
  readonly config?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly printConfig: boolean;
}

/** What a command line said, before any default. */
export interface CommandLine {
  /** Config keys given by flag or by position. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly frame: FrameFlags;
}

/** The frame's flags, as help lists them. */
export const frameOptions: readonly (readonly [flags: string, description: string])[] = [
  ["--config <file>", "JSON file of options; flags win over the file"],
  ["--print-config", "print the resolved options as a config file, and stop"],
  ["--json", "the result as one JSON object on stdout; progress stays on stderr"],
  ["--quiet", "no progress and no log lines on stderr"],
  ["-h, --help", "show this help"],
];

/** A commander command that only parses: nothing is printed, nothing exits, no value is preset. */
function parserOf(fields: readonly Field[], values: Map<string, unknown>): Command {
  const command = new Command()
    .exitOverride()
    .helpOption(false)
    .configureOutput({
      writeErr: () => undefined,
    });
  for (const [flags] of frameOptions) command.addOption(new Option(flags));
  for (const option of fields.flatMap((field) => optionsOf(field, values))) {
    command.addOption(option);
  }
  return command;
}

function optionsOf(field: Field, values: Map<string, unknown>): Option[] {
  if (field.isArgument || isFileOnly(field)) return [];
  if (!isSwitch(field)) {
    const read = (text: string) => {
      const [before, value] = [values.get(field.key), flagValue(text, field)];
      const isMore = Array.isArray(before) && Array.isArray(value);
      return values.set(field.key, isMore ? [...before, ...value] : value);
    };
    return [new Option(`${field.label} <value>`).argParser(read)];
  }
  // a preset makes commander call the reader for a flag without a value
  const set = (value: boolean) => () => values.set(field.key, value);
  return [
    new Option(field.label).preset("").argParser(set(true)),
    new Option(field.label.replace("--", "--no-")).preset("").argParser(set(false)),
  ];
}

/**
 * Parse the words after the verb.
 * @throws UsageError `usage.flag`, `usage.value`, `usage.argument`
 */
export function parseCommandLine(words: readonly string[], fields: readonly Field[]): CommandLine {
  const values = new Map<string, unknown>();
  const command = parserOf(fields, values);
  const { operands, unknown } = split(command, words, fields);
  if (unknown[0] !== undefined) throw unknownFlag(unknown[0], command);
  for (const [key, value] of readArguments(operands, fields)) values.set(key, value);
  const frame = command.opts<Partial<FrameFlags>>();
  return {
    values: Object.fromEntries(values),
    frame: {
      ...(frame.config === undefined ? {} : { config: frame.config }),
      json: frame.json === true,
      quiet: frame.quiet === true,
      printConfig: frame.printConfig === true,
    },
  };
}

function split(command: Command, words: readonly string[], fields: readonly Field[]) {
  try {
    return command.parseOptions([...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // the one thing commander refuses here is a last flag without its value
    const field = fields.find(({ label }) => words.at(-1) === label);
    const label = field?.label ?? words.at(-1);
    const expected = field === undefined ? "a file" : expectation(field.schema);
    throw new UsageError("usage.value", `${label} needs a value`, { expected }, error);
  }
}

function unknownFlag(word: string, command: Command): UsageError {
  const [name] = word.split("=", 1) as [string];
  const known = command.options.map((option) => option.long!);
  if (known.includes(name)) {
    return new UsageError("usage.flag", `${name} takes no value`, { got: word });
  }
  return new UsageError("usage.flag", `unknown flag ${name}`, {
    help: `did you mean ${nearest(name, known)}? --help lists all flags`,
  });
}

function* readArguments(
  operands: readonly string[],
  fields: readonly Field[],
): Generator<[string, unknown]> {
  const rest = [...operands];
  for (const field of fields.filter((candidate) => candidate.isArgument)) {
    if (rest.length === 0) return;
    const isList = field.types.has("array");
    const words = rest.splice(0, isList ? rest.length : 1);
    const items = words.map((word) => scalarOf(word, isList ? field.schema.items! : field.schema));
    yield [field.key, isList ? items : items[0]];
  }
  if (rest.length > 0) {
    const names = fields.filter((field) => field.isArgument).map((field) => field.label);
    throw new UsageError("usage.argument", "too many arguments", {
      expected: names.join(" ") || "no arguments",
      got: rest.join(" "),
    });
  }
}

function flagValue(text: string, field: Field): unknown {
  if (/^--[a-z]/.test(text)) {
    throw new UsageError("usage.value", `${field.label} needs a value`, {
      expected: expectation(field.schema),
      got: `the flag ${text}`,
    });
  }
  if (text === "" && field.types.has("string")) {
    const details = { expected: expectation(field.schema), got: "nothing" };
    throw new UsageError("usage.value", `${field.label} needs a value`, details);
  }
  if (!field.types.has("array")) return scalarOf(text, field.schema);
  const items = field.schema.items ?? field.schema.anyOf?.find(({ items }) => items)?.items ?? {};
  return text === "" ? [] : text.split(",").map((word) => scalarOf(word.trim(), items));
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A word as the JSON value its schema asks for; text that does not fit is left for zod to refuse. */
function scalarOf(text: string, schema: FieldSchema): unknown {
  const options = schema.anyOf ?? [schema];
  const types = new Set(options.flatMap(({ type }) => type ?? []));
  if ((types.has("number") || types.has("integer")) && numberPattern.test(text)) {
    return Number(text);
  }
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return types.has("null") && text === "null" ? null : text;
}

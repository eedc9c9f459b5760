/** @file Help of one verb, laid out by commander from the fields of its options. */
import { Argument, Option } from "commander";
import { type Field, type FieldSchema, isFileOnly, isSwitch, rangeText } from "./fields.ts";
import { frameOptions } from "./flags.ts";
import { blankCommand } from "./group-help.ts";
import type { Example } from "./verb.ts";

/** Help of one verb, as a page of text. */
export interface VerbPage {
  /** The words of the command, e.g. `codet5 tokenizer train`. */
  readonly name: string;
  readonly summary: string;
  readonly fields: readonly Field[];
  readonly examples: readonly Example[];
  /** Columns to wrap at. */
  readonly width: number;
}

/** Help of one verb: usage, arguments, options with units and defaults, examples. */
export function verbHelp(page: VerbPage): string {
  const terms = new Map(page.fields.map((field) => [field.label, flagTerm(field)]));
  const command = blankCommand(page.name, page.summary, page.width).configureHelp({
    optionTerm: ({ flags }) => terms.get(flags) ?? flags,
  });
  for (const field of page.fields.filter((candidate) => candidate.isArgument)) {
    command.addArgument(argumentOf(field));
  }
  for (const field of page.fields.filter((candidate) => !candidate.isArgument)) {
    command.addOption(new Option(field.label, describe(field)));
  }
  for (const [flags, description] of frameOptions) {
    command.addOption(new Option(flags, description).helpGroup("For every verb:"));
  }
  const examples = page.examples.map(({ command: line, text }) => `  # ${text}\n  ${line}\n`);
  return `${command.helpInformation()}\nExamples:\n${examples.join("\n")}`;
}

function argumentOf(field: Field): Argument {
  const name = field.label.slice(1, -1) + (field.types.has("array") ? "..." : "");
  return new Argument(field.isRequired ? `<${name}>` : `[${name}]`, describe(field));
}

function flagTerm(field: Field): string {
  if (isFileOnly(field)) return field.key;
  if (isSwitch(field)) return field.label.replace("--", "--[no-]");
  return `${field.label} <${placeholder(field.schema)}>`;
}

function placeholder(schema: FieldSchema): string {
  const types = [schema, ...(schema.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  if (types.includes("array")) return "a,b,…";
  if (types.includes("integer")) return "n";
  return types.includes("number") ? "x" : "text";
}

// what it is [unit, range or choices; default]
function describe(field: Field): string {
  const { schema } = field;
  const what = [
    isFileOnly(field) ? "config file only" : schema.unit,
    rangeText(schema).trim() || choices(schema),
  ];
  const facts = [what.filter(Boolean).join(" "), defaultOf(field)].filter(Boolean).join("; ");
  return `${schema.description ?? ""}${facts === "" ? "" : ` [${facts}]`}`;
}

function choices(schema: FieldSchema): string | undefined {
  const values = (schema.anyOf ?? [schema]).flatMap((option) => option.enum ?? option.const ?? []);
  const inner = schema.items?.enum ?? [];
  return values.length + inner.length > 0 ? [...values, ...inner].join(", ") : undefined;
}

function defaultOf(field: Field): string | undefined {
  const { defaultText, default: value } = field.schema;
  if (field.isRequired) return field.isArgument ? undefined : "required";
  if (defaultText !== undefined) return `default ${defaultText}`;
  if (value === undefined || value === null || value === "") return undefined;
  return `default ${Array.isArray(value) ? value.join(",") || "none" : String(value)}`;
}

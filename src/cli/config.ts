/** @file Options of one call: defaults < config file < command line, validated by the verb's schema. */
import type { z } from "zod";
import { ConfigError, nearest, readJsonFile, UsageError } from "../base/index.ts";
import { commonOptions, expectation, type Field, isFileOnly } from "./fields.ts";
import type { Verb } from "./verb.ts";

type Values = Readonly<Record<string, unknown>>;

/** Where values came from, for the errors about them. */
export interface Sources {
  readonly file: Values;
  readonly filePath?: string;
  readonly commandLine: Values;
}

/**
 * Read a config file. Keys that begin with `$` are remarks (a run folder's version and digests
 * among them) and are left out.
 * @throws ConfigError `config.key` on an unknown key, naming the nearest; DataError when unreadable
 */
export function readConfigFile(path: string, fields: readonly Field[]): Values {
  const content = readJsonFile(path);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    const got = Array.isArray(content) ? "a list" : JSON.stringify(content);
    throw new ConfigError("config.shape", "a config file is a JSON object", { got, where: path });
  }
  const entries = Object.entries(content).filter(([key]) => !key.startsWith("$"));
  const keys = fields.map((field) => field.key);
  const unknown = entries.find(([key]) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new ConfigError("config.key", `unknown config key ${JSON.stringify(unknown[0])}`, {
      where: path,
      help: `did you mean ${nearest(unknown[0], keys)}?`,
    });
  }
  return Object.fromEntries(entries);
}

/** Every key with its value before validation: a valid config file once the required ones are set. */
export function resolvedConfig(fields: readonly Field[], sources: Sources): Values {
  const given = { ...sources.file, ...sources.commandLine };
  const resolved = fields.map(({ key, schema }) => {
    return [key, Object.hasOwn(given, key) ? given[key] : schema.default] as const;
  });
  return Object.fromEntries(resolved.filter(([, value]) => value !== undefined));
}

/**
 * The options a verb receives.
 * @param isPartial accept missing required values, as `--print-config` does
 * @throws UsageError or ConfigError `config.value`, by where the bad value came from
 */
export function validateOptions(
  verb: Verb,
  fields: readonly Field[],
  sources: Sources,
  isPartial = false,
): Values & { readonly seed: number } {
  const config = resolvedConfig(fields, sources);
  const { seed, ...own } = config;
  const hasOwnSeed = Object.hasOwn(verb.options.shape, "seed");
  const results = hasOwnSeed
    ? [verb.options.safeParse(config)]
    : [verb.options.safeParse(own), commonOptions.safeParse({ seed })];
  const issues = results.flatMap((result) => result.error?.issues ?? []);
  const issue = issues.find((each) => !(isPartial && isMissing(each, config)));
  if (issue !== undefined) throw issueError(issue, config, fields, sources);
  return Object.assign({}, ...results.map((result) => result.data));
}

function isMissing(issue: z.core.$ZodIssue, config: Values): boolean {
  return issue.path.length === 1 && !Object.hasOwn(config, issue.path[0]!);
}

function issueError(
  issue: z.core.$ZodIssue,
  config: Values,
  fields: readonly Field[],
  sources: Sources,
): UsageError | ConfigError {
  const key = String(issue.path[0] ?? "");
  const field = fields.find((candidate) => candidate.key === key);
  if (field === undefined) return new UsageError("config.value", issue.message);
  const help = field.schema.description;
  const expected = expectationOf(issue, field);
  const details = help === undefined ? { expected } : { expected, help };
  if (isMissing(issue, config)) {
    return new UsageError("config.value", `missing ${field.label}`, details);
  }
  const got = preview(issue.path.reduce<unknown>(childOf, config));
  const isFromFile = Object.hasOwn(sources.file, key) && !Object.hasOwn(sources.commandLine, key);
  const place = isFromFile ? issue.path.join(".") : field.label;
  const message = issue.code === "custom" ? issue.message : `bad value for ${place}`;
  return isFromFile && sources.filePath !== undefined
    ? new ConfigError("config.value", message, { ...details, got, where: sources.filePath })
    : new UsageError("config.value", message, { ...details, got });
}

// an issue inside an object is told by zod, which knows the inner place
function expectationOf(issue: z.core.$ZodIssue, field: Field): string {
  const isInner = issue.path.length > 1 && isFileOnly(field);
  return isInner
    ? issue.message.replace(/^Invalid input: expected /, "")
    : expectation(field.schema);
}

function childOf(value: unknown, key: PropertyKey): unknown {
  return (value as Record<PropertyKey, unknown> | undefined)?.[key];
}

function preview(value: unknown): string {
  const isNumber = typeof value === "number";
  const text = isNumber ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

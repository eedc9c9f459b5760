/** @file Reads a verb's zod object once, as JSON Schema, into the fields that flags and help need. */
import { z } from "zod";
import type { Verb } from "./verb.ts";

/** The parts of JSON Schema that options use; `unit` and `defaultText` come from `.meta()`. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly description?: string;
  readonly default?: unknown;
  /** What the number counts: tokens, samples, steps, bytes, seconds. */
  readonly unit?: string;
  /** Said in help when the default is worked out at run time, e.g. "all cores". */
  readonly defaultText?: string;
  /** The value is a model: a folder, or a name on the hub, which becomes a folder before the verb runs. */
  readonly isModel?: boolean;
}

/** One option of a verb. */
export interface Field {
  /** camelCase key in a config file. */
  readonly key: string;
  /** `--kebab-case` flag; `<key>` for an argument. */
  readonly label: string;
  readonly schema: FieldSchema;
  readonly types: ReadonlySet<string>;
  readonly isRequired: boolean;
  readonly isArgument: boolean;
}

/** Options every verb has and a config file may set. */
export const commonOptions = z.object({
  seed: z.int().min(0).max(4294967295).default(1234).meta({
    description: "seed of every random choice",
  }),
});

/** The fields of a verb, its own first, then the common ones it does not define itself. */
export function fieldsOf(verb: Verb): Field[] {
  const common = Object.hasOwn(verb.options.shape, "seed") ? [] : schemaFields(commonOptions, []);
  return [...schemaFields(verb.options, verb.arguments), ...common];
}

function schemaFields(schema: z.ZodObject, positional: readonly string[]): Field[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const required = new Set(json.required);
  return Object.entries(json.properties as Record<string, FieldSchema>).map(([key, field]) => {
    const isArgument = positional.includes(key);
    const label = isArgument ? `<${kebabCase(key)}>` : `--${kebabCase(key)}`;
    const types = typesOf(field);
    return { key, label, schema: field, types, isRequired: required.has(key), isArgument };
  });
}

/** `batchSize` to `batch-size`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function typesOf(schema: FieldSchema): Set<string> {
  if (schema.anyOf !== undefined) {
    return new Set(schema.anyOf.flatMap((option) => [...typesOf(option)]));
  }
  return new Set([schema.type ?? []].flat());
}

/** True for a field that `--flag` and `--no-flag` set. */
export function isSwitch(field: Field): boolean {
  return field.types.size === 1 && field.types.has("boolean") && !field.isArgument;
}

/** True for a nested object, which has no flag and is set in a config file only. */
export function isFileOnly(field: Field): boolean {
  return field.types.size === 0 || field.types.has("object");
}

/** What a value must be, in words: "integer >= 1 (tokens)". */
export function expectation(schema: FieldSchema): string {
  const unit = schema.unit === undefined ? "" : ` (${schema.unit})`;
  return `${valueText(schema)}${unit}`;
}

function valueText(schema: FieldSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(valueText).join(" or ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  const types = [schema.type ?? "value"].flat();
  return types.map((type) => typeText(type, schema)).join(" or ");
}

function typeText(type: string, schema: FieldSchema): string {
  if (type === "integer" || type === "number") return `${type}${rangeText(schema)}`;
  if (type === "array") return `list of ${valueText(schema.items ?? {})}`;
  return { string: "text", boolean: "true or false", null: "null" }[type] ?? type;
}

/** Bounds such as " from 0 to 1", " >= 1", " > 0"; empty when there are none worth telling. */
export function rangeText(schema: FieldSchema): string {
  const low = boundOf(schema.minimum, schema.exclusiveMinimum, ">");
  const high = boundOf(schema.maximum, schema.exclusiveMaximum, "<");
  if (low?.closed && high?.closed) return ` from ${low.value} to ${high.value}`;
  return [low, high].map((bound) => (bound === undefined ? "" : ` ${bound.text}`)).join("");
}

function boundOf(closed: number | undefined, open: number | undefined, sign: string) {
  // zod writes the safe-integer range as bounds
  if (closed !== undefined && Math.abs(closed) < Number.MAX_SAFE_INTEGER) {
    return { value: closed, closed: true, text: `${sign}= ${closed}` };
  }
  return open === undefined ? undefined : { value: open, closed: false, text: `${sign} ${open}` };
}

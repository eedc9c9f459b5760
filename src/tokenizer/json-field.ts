/** @file Fields of JSON files checked by a zod schema; errors name the field and the file. */
import type { z } from "zod";
import { DataError } from "../base/index.ts";

/**
 * Check one field.
 * @param path its name in the file, "" for the whole content
 * @throws DataError `tokenizer.json` with the field, what was expected and what is there
 */
export function parseField<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: string,
  where: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = [path, ...issue.path.map(String)].filter((part) => part !== "").join(".");
  throw new DataError("tokenizer.json", `unsupported or bad field ${field || "(the file)"}`, {
    expected: issue.message,
    got: describeValue(issue.path.reduce<unknown>(member, value)),
    where,
  });
}

function member(value: unknown, key: PropertyKey): unknown {
  return value === null || value === undefined
    ? value
    : (value as Record<PropertyKey, unknown>)[key];
}

/** A value in a few words; lists and objects are not written out, they may be deep or long. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @file Fields of JSON files checked by a zod schema; errors name the field and the file. */
import type { z } from "zod";
import { DataError, describeIssue } from "../base/index.ts";

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
    ...describeIssue(issue, value),
    where,
  });
}

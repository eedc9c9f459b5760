import { expect, test } from "vitest";
import { z } from "zod";
import { describeIssue } from "./issue.ts";

const schema = z.object({ n: z.int().positive(), list: z.array(z.enum(["a", "b"])).default([]) });

test("describeIssue: a union says nothing of its parts", () => {
  const { error } = z.union([z.string(), z.int()]).safeParse(true);
  const told = describeIssue(error!.issues[0]!, true);
  expect(told).toEqual({ expected: "another kind of value", got: "true" });
});

test.each<[unknown, expected: string, got: string]>([
  [{ n: -1 }, "number to be >0", "-1"],
  [{ n: "1" }, "number", '"1"'],
  [{ n: 1.5 }, "int", "1.5"],
  [{}, "number", "nothing"],
  [{ n: 1, list: ["x"] }, 'one of "a"|"b"', '"x"'],
  [{ n: 1, list: {} }, "array", "an object"],
  [[1, 2], "object", "a list of 2"],
  [null, "object", "null"],
  [JSON.parse('{"__proto__": {"n": 1}}'), "number", "nothing"],
])("describeIssue: %j", (value, expected, got) => {
  const { error } = schema.safeParse(value);
  expect(describeIssue(error!.issues[0]!, value)).toEqual({ expected, got });
});

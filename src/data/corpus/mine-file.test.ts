import { expect, test } from "vitest";
import { emptyCounts } from "./counts.ts";
import { mineFile, type ParseSource } from "./mine-file.ts";
import { sourceParser } from "./parse.ts";
import { corpusSettingsSchema } from "./settings.ts";

async function mine(
  name: string,
  language: string,
  text: string,
  { settings = {}, parse = sourceParser(20_000), license = undefined as string | undefined } = {},
) {
  const counts = emptyCounts();
  const content = { name, language, bytes: Buffer.from(text), license };
  const mined = await mineFile(content, corpusSettingsSchema.parse(settings), parse, counts);
  return { mined, functions: mined?.functions ?? [], counts };
}

const python = (text: string, options = {}) => mine("a.py", "python", text, options);

test("mineFile: code without its docstring, docstring as text, ranges in bytes", async () => {
  const text = `# é\nclass A:\n    def go(self, x):\n        """Tells the next one."""\n        y = x + 1\n        return y\n`;
  const { functions, mined } = await python(text, { license: "MIT" });
  const [go] = functions;
  expect(functions).toHaveLength(1);
  expect(go).toMatchObject({
    code: "def go(self, x):\n    y = x + 1\n    return y",
    docstring: "Tells the next one.",
  });
  expect(Buffer.from(text).toString("utf8", go!.byteStart, go!.byteEnd)).toMatch(/^def go.*y$/s);
  expect(mined).toMatchObject({ language: "python", license: "MIT" });
});

test("mineFile: a docstring before the function, in another language", async () => {
  const text = `/**\r\n * Adds two numbers up.\r\n */\r\nint add(int a, int b) {\r\n  int c = a + b;\r\n  return c;\r\n}\r\n`;
  const { functions } = await mine("a.c", "c", text);
  expect(functions).toMatchObject([
    {
      docstring: "Adds two numbers up.",
      code: "int add(int a, int b) {\n  int c = a + b;\n  return c;\n}",
    },
  ]);
});

test("mineFile: a function inside a kept one is not taken again, inside a dropped one it is", async () => {
  const inner = "    def inner(a, b):\n        c = a + b\n        return c\n";
  const outer = (rest: string) => `def outer(x, y):\n${inner}${rest}    return inner(x, y)\n`;
  const kept = await python(outer(""));
  expect(kept.functions.map(({ code }) => code.slice(0, 9))).toEqual(["def outer"]);
  expect(kept.counts.functions).toEqual({ nested: 1 });
  const long = await python(outer("    x = y + 1\n".repeat(400)));
  expect(long.functions.map(({ code }) => code.slice(0, 9))).toEqual(["def inner"]);
  expect(long.counts.functions).toEqual({ "too-long": 1 });
});

test("mineFile: functions that are short, long, broken or not printable are counted", async () => {
  const body = "    y = x + 1\n    return y * x\n";
  const parts = [
    "def short(x):\n    return x\n",
    `def line(x):\n    z = "${"a".repeat(500)}"\n${body}`,
    `def escape(x):\n    z = "\x1b"\n${body}`,
    `def broken(x):\n    y = = x\n    return y * x\n`,
    `def good(x):\n${body}`,
  ];
  const { functions, counts } = await python(parts.join("\n"));
  expect(functions.map(({ code }) => code.slice(4, 8))).toEqual(["good"]);
  expect(counts.functions).toEqual({
    "too-short": 1,
    "long-line": 1,
    "non-printable": 1,
    "syntax-error": 1,
  });
});

test("mineFile: docstrings too short are dropped, too long are cut at a line end", async () => {
  const of = async (docstring: string, settings = {}) => {
    const text = `def good(x):\n    """${docstring}"""\n    y = x + 1\n    return y * x\n`;
    const { functions, counts } = await python(text, { settings });
    return [functions[0]!.docstring, counts.docstrings];
  };
  expect(await of("To do.")).toEqual(["", { "too-short": 1 }]);
  expect(await of("Tells what is\x07 next.")).toEqual(["", { "non-printable": 1 }]);
  const long = "First line of it.\n\n    Second line of it.";
  const limit = { maxDocstringLength: 25 };
  expect(await of(long, limit)).toEqual(["First line of it.", { cut: 1 }]);
});

test("mineFile: only allowed licences, a file's own word first", async () => {
  const text = "def good(x):\n    y = x + 1\n    return y * x\n";
  const settings = { licenses: ["MIT"] };
  expect((await python(text, { settings, license: "MIT" })).functions).toHaveLength(1);
  const denied = [
    await python(text, { settings, license: "GPL-3.0" }),
    await python(text, { settings }),
    await python(`# SPDX-License-Identifier: GPL-3.0\n${text}`, { settings, license: "MIT" }),
  ];
  expect(denied.map(({ counts }) => counts.files)).toEqual(Array(3).fill({ license: 1 }));
});

test("mineFile: a parse that ran out of time, and a file without functions, are counted", async () => {
  const parse: ParseSource = async () => ({ isComplete: false, functions: [] });
  expect((await python("x = 1\n", { parse })).counts.files).toEqual({ "parse-timeout": 1 });
  expect((await python("x = 1\n")).counts.files).toEqual({ "no-functions": 1 });
});

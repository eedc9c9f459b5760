import { describe, expect, test } from "vitest";
import { runCli } from "../../test/run-cli.ts";
import { fieldsOf } from "./fields.ts";
import { type VerbRow, verbTable } from "./verb-table.ts";

interface Entry {
  readonly path: readonly string[];
  readonly row: VerbRow;
}

const entries: Entry[] = verbTable.flatMap((row) =>
  "verbs" in row
    ? row.verbs.map((inner) => ({ path: [row.name, inner.name], row: inner }))
    : [{ path: [row.name], row }],
);

/** The words after `codet5` of an example of this verb, whatever feeds it or takes its output. */
function wordsOf(example: string, path: readonly string[]): string[] {
  const start = ["codet5", ...path].join(" ");
  const command = example.split(/\s[|>]\s/).find((part) => part.startsWith(start)) ?? example;
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
  return words.slice(1).map(([, single, double, bare]) => single ?? double ?? bare!);
}

describe.each(entries)("$path", ({ path, row }) => {
  test("verbTable: its options carry descriptions, and the frame can parse them", async () => {
    const { verb } = await row.load();
    const fields = fieldsOf(verb);
    const missing = fields.filter(({ schema }) => !schema.description).map(({ key }) => key);
    expect(missing).toEqual([]);
    for (const key of verb.arguments) expect(fields.map((field) => field.key)).toContain(key);
    expect(await runCli([...path, "--help"])).toMatchObject({ code: 0, stderr: "" });
    expect(await runCli([...path, "--print-config"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("verbTable: its examples are command lines of its own that parse", async () => {
    const { examples } = (await row.load()).verb;
    expect(examples.length).toBeGreaterThan(0);
    for (const { command } of examples) {
      const words = wordsOf(command, path);
      expect(words.slice(0, path.length)).toEqual(path);
      expect(await runCli([...words, "--print-config"])).toMatchObject({ code: 0, stderr: "" });
    }
  });
});

test("verbTable: names are short words, summaries are phrases", () => {
  const rows = verbTable.flatMap((row) => ("verbs" in row ? [row, ...row.verbs] : [row]));
  for (const { name, summary } of rows) {
    expect(name).toMatch(/^[a-z][a-z-]*$/);
    expect(summary).toMatch(/^[a-z].*[^.]$/);
  }
});

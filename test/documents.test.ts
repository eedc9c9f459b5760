/** @file Documents tell the truth: README blocks run, flags and documents agree. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { environmentFlags } from "../src/base/index.ts";
import { runCli } from "./run-cli.ts";

const root = resolve(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const readme = read("README.md");
const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), "codet5-readme-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Block {
  readonly language: string;
  readonly code: string;
}

const blocks: Block[] = [...readme.matchAll(/```(\S*)([^\n]*)\n([\s\S]*?)```/g)]
  .filter(([, , words]) => !words!.includes("no-run"))
  .map(([, language, , code]) => ({ language: language!, code: code! }));

test("README: at most 150 lines", () => {
  expect(readme.split("\n").length).toBeLessThanOrEqual(150);
});

test("README: its npm commands are scripts of package.json", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const named = [...readme.matchAll(/npm run (\w+)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThanOrEqual(2);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

describe("README: command blocks run", () => {
  const commands = blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => line.startsWith("npx codet5 "));
  test.each(commands)("%s", async (command) => {
    const { code, stderr } = await runCli(command.replace("npx codet5 ", "").split(" "));
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

test("README: the TypeScript block runs as printed", async () => {
  const { code } = blocks.find(({ language }) => language === "ts")!;
  const path = join(scratch, "readme.mts");
  const entry = JSON.stringify(join(root, "src/index.ts"));
  writeFileSync(path, code.replace('"codet5"', entry));
  const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
  const { stdout } = await run(process.execPath, [tsx, path], { cwd: root });
  expect(stdout).toMatch(/^\d+\.\d+ \d+ /);
});

test("README: links and the tree point at what is there", () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path]) => path!);
  const folders = [...readme.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => `src/${name}`);
  for (const path of [...links, ...folders]) expect(existsSync(join(root, path)), path).toBe(true);
});

test("docs/env.md lists exactly the flags there are", () => {
  const listed = [
    ...read("docs/env.md").matchAll(/^\| `(CODET5_\w+)` \| ([^|]+) \| ([^|]+) \|$/gm),
  ];
  const rows = listed.map(([, name, values, summary]) => [name, values!.trim(), summary!.trim()]);
  const flags = Object.entries(environmentFlags).map(([name, { values, summary }]) => {
    return [name, values, summary];
  });
  expect(rows).toEqual(flags);
});

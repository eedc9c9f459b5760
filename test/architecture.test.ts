/** @file The import rule of docs/architecture.md: folders are floors, and imports only go down. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** A folder imports its own files, `base`, and the `index.ts` of folders on strictly lower floors. */
const floors: Readonly<Record<string, number>> = {
  base: 0,
  tokenizer: 1,
  syntax: 1,
  onnx: 1,
  checkpoint: 1,
  hub: 2,
  graph: 2,
  metrics: 2,
  objectives: 2,
  prompt: 2,
  data: 3,
  endpoint: 3,
  runtime: 3,
  rewrite: 3,
  grad: 4,
  nn: 4,
  optim: 4,
  model: 5,
  gguf: 6,
  published: 6,
  train: 6,
  export: 6,
  judge: 7,
  tasks: 7,
  pretraining: 7,
  engine: 7,
  lab: 8,
  bench: 9,
  cli: 10,
};

/** Towers never import each other below `train`. */
const textTower = ["tokenizer", "syntax", "objectives", "metrics", "data"];
const tensorTower = [
  "onnx",
  "checkpoint",
  "graph",
  "runtime",
  "rewrite",
  "grad",
  "nn",
  "optim",
  "model",
];

/** Packages that only one folder may see. */
const confined: Readonly<Record<string, string>> = {
  "onnxruntime-node": "runtime",
  "onnxruntime-common": "runtime",
  "web-tree-sitter": "syntax",
  commander: "cli",
  "cli-progress": "cli",
  "node-llama-cpp": "gguf",
};

const src = resolve(import.meta.dirname, "../src");

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map((match) => ({ file, specifier: (match[1] ?? match[2])! }));
}

const files = listSources(src);
const imports = files.flatMap(importsOf);
const folderOf = (path: string) => path.split("/")[0]!;
const isTest = (file: string) => file.endsWith(".test.ts");

function listSources(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.map((entry) => entry.replaceAll("\\", "/")).filter((name) => name.endsWith(".ts"));
}

function violationOf({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith(".")) return packageViolation(file, specifier);
  if (isTest(file) || !file.includes("/")) return undefined;
  const target = relative(src, resolve(src, dirname(file), specifier)).replaceAll("\\", "/");
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === to) return undefined;
  const rule = `${file} imports ${target}`;
  if (target !== `${to}/index.ts`) return `${rule}: only a folder's index.ts may be imported`;
  if (to === "base") return undefined;
  if ((floors[to] ?? Number.POSITIVE_INFINITY) >= (floors[from] ?? -1)) {
    return `${rule}: not on a strictly lower floor`;
  }
  const crossing =
    (textTower.includes(from) && tensorTower.includes(to)) ||
    (tensorTower.includes(from) && textTower.includes(to));
  return crossing ? `${rule}: the text and tensor towers meet only in train` : undefined;
}

function packageViolation(file: string, specifier: string): string | undefined {
  const owner = confined[specifier];
  if (owner === undefined || folderOf(file) === owner || isTest(file)) return undefined;
  return `${file} imports ${specifier}: only ${owner}/ may`;
}

test("architecture: every folder has a floor", () => {
  const folders = new Set(files.filter((file) => file.includes("/")).map(folderOf));
  expect([...folders].filter((folder) => !(folder in floors))).toEqual([]);
});

test("architecture: imports only go down, through index.ts, and towers stay apart", () => {
  expect(imports.length).toBeGreaterThan(10);
  expect(imports.map(violationOf).filter((violation) => violation !== undefined)).toEqual([]);
});

test("architecture: the rule catches an upward, a sideways, a deep and a confined import", () => {
  const bad = [
    { file: "graph/a.ts", specifier: "../model/index.ts" },
    { file: "grad/a.ts", specifier: "../nn/index.ts" },
    { file: "nn/a.ts", specifier: "../graph/value.ts" },
    { file: "model/a.ts", specifier: "../tokenizer/index.ts" },
    { file: "model/a.ts", specifier: "onnxruntime-node" },
  ];
  expect(bad.map(violationOf).every((violation) => violation !== undefined)).toBe(true);
});

test("architecture: only base reads the environment, only cli reads argv", () => {
  const sources = files.filter((file) => !isTest(file));
  // a program that the sample corpus writes may speak of both
  const unquoted = (file: string) =>
    readFileSync(join(src, file), "utf8").replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const readers = (needle: string, folder: string) =>
    sources.filter((file) => folderOf(file) !== folder && unquoted(file).includes(needle));
  expect(readers("process.env", "base")).toEqual([]);
  expect(readers("process.argv", "cli")).toEqual([]);
});

test("architecture: no file is named for nothing in particular", () => {
  const banned = /(^|\/)(utils?|common|helpers?|misc|types)\.ts$/;
  expect(files.filter((file) => banned.test(file))).toEqual([]);
});

import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mountSmallDisk } from "../../../test/small-disk.ts";
import { DataError, formatError } from "../../base/index.ts";
import { loadTokenizerSync, saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";
import { type BuildOptions, buildCorpus } from "./build.ts";
import { readManifest } from "./manifest.ts";
import { type CodeExample, openCorpus } from "./reader.ts";
import { corpusSettingsSchema } from "./settings.ts";
import { writeIn, writeSampleTree } from "./small-trees.test-data.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-corpus-"));
const trees = join(root, "trees");
const corpus = join(root, "corpus");
afterAll(() => rmSync(root, { recursive: true, force: true }));

const build = (options: Partial<BuildOptions> = {}, settings = {}) =>
  buildCorpus({
    folders: [trees],
    out: corpus,
    numThreads: 0,
    ...options,
    settings: corpusSettingsSchema.parse({
      vocabSize: 512,
      test: 0.2,
      validation: 0.2,
      ...settings,
    }),
  });

/** Digest of every file below a folder. */
function digests(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: false });
  const files = names.filter((name) => /\.\w+$/.test(name)).sort();
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

const secret = `"${"q9Zr4TkW7xB2nLmV8cYp5HdS3gJf6QeA1uRo"}"`;

beforeAll(async () => {
  writeSampleTree(trees, 24);
  writeIn(
    trees,
    "package0/LICENSE",
    "Permission is hereby granted, free of charge, to any person obtaining a copy",
  );
  writeIn(
    trees,
    "package0/more.py",
    `def key(first, second):\n    value = ${secret}\n    return value + first + second\n`,
  );
  // twice, the second time laid out otherwise
  const copy = (body: string) => `def twin(alpha, beta, gamma):\n${body}    return delta + gamma\n`;
  writeIn(trees, "package2/twin.py", copy("    delta = alpha + beta\n"));
  writeIn(
    trees,
    "package4/twin.py",
    copy(
      "    delta = (alpha +\n             beta)\n"
        .replace(/[()]/g, "")
        .replace("+\n             ", "+ \\\n        ")
        .replace("\\\n", ""),
    ),
  );
  writeIn(
    trees,
    "package2/crlf.py",
    "class A:\r\n    def go(self, x):\r\n        '''Tells the next number, always.'''\r\n        y = x + 1\r\n        return y * y\r\n",
  );
  writeIn(trees, "package2/bad.py", Buffer.of(0x64, 0xff, 0xfe));
  writeIn(trees, "package2/nul.py", Buffer.alloc(5_000));
  writeIn(trees, "package2/line.py", `x = "${"long ".repeat(100_000)}"`);
  writeIn(
    trees,
    "package2/special.py",
    "def special(a, b):\n    c = '<s>' + a\n    return c + b + a\n",
  );
  writeIn(trees, "package2/readme.txt", "nothing");
  await build();
});

function allExamples(folder = corpus): CodeExample[] {
  const opened = openCorpus(folder);
  const splits = (["train", "validation", "test"] as const).map((name) => opened.split(name));
  const examples = splits.flatMap((split) =>
    Array.from({ length: split.length }, (_, i) => split.example(i)),
  );
  opened.close();
  return examples;
}

describe("a built corpus", () => {
  test("buildCorpus: functions come back as text, with docstrings apart and identifiers in place", () => {
    const examples = allExamples();
    const crlf = examples.find(({ path }) => path === "trees/package2/crlf.py")!;
    expect(crlf).toMatchObject({
      language: "python",
      docstring: "Tells the next number, always.",
      code: "def go(self, x):\n    y = x + 1\n    return y * y",
    });
    const names = ({ code, identifiers }: CodeExample) =>
      Array.from({ length: identifiers.length / 2 }, (_, i) =>
        code.slice(identifiers[2 * i], identifiers[2 * i + 1]),
      );
    expect(names(crlf)).toEqual(["go", "self", "x", "y", "x", "y", "y"]);
    for (const example of examples) {
      for (const name of names(example)) expect(name).toMatch(/^[A-Za-z_]\w*$/);
    }
    expect(new Set(examples.map(({ language }) => language))).toEqual(new Set(["java", "python"]));
    expect(examples.some(({ docstring }) => docstring === "")).toBe(true);
  });

  test("buildCorpus: splits are whole groups, and the manifest says which", () => {
    const opened = openCorpus(corpus);
    const { groups } = opened.manifest;
    let total = 0;
    for (const name of ["train", "validation", "test"] as const) {
      const split = opened.split(name);
      expect(split.length).toBeGreaterThan(0);
      total += split.length;
      for (let i = 0; i < split.length; i++) expect(groups[split.origin(i).group]).toBe(name);
    }
    expect(total).toBe(opened.manifest.slices.reduce((sum, slice) => sum + slice.functions, 0));
    opened.close();
  });

  test("buildCorpus: what is left out is counted, secrets are replaced, copies kept once", () => {
    const { counts, sources } = readManifest(corpus);
    expect(counts.files).toMatchObject({
      "not-utf8": 1,
      binary: 1,
      minified: 1,
      "unknown-language": 2,
    });
    expect(counts.functions).toMatchObject({ "special-token": 1 });
    expect(counts.functions["exact-duplicate"]).toBeGreaterThanOrEqual(1);
    expect(counts.secrets).toEqual({ "high-entropy": 1 });
    const examples = allExamples();
    expect(examples.filter(({ code }) => code.startsWith("def twin"))).toHaveLength(1);
    const key = examples.find(({ code }) => code.startsWith("def key"))!;
    expect(key.code).not.toContain(secret);
    expect(key.code).toContain('"x0Xx0XxX0');
    expect(sources[0]).toMatchObject({ label: "trees", licenses: { MIT: 2 } });
  });

  test("openCorpus: counts, languages and tokens agree with the text", () => {
    const opened = openCorpus(corpus);
    const split = opened.split("train");
    for (let i = 0; i < split.length; i++) {
      const { docstring, code, language, path } = split.example(i);
      const [doc, body] = [split.docstringTokens(i), split.codeTokens(i)];
      expect(split.numTokens(i)).toBe(doc.length + body.length);
      expect(split.hasDocstring(i)).toBe(docstring !== "");
      expect(split.language(i)).toBe(language);
      expect(body).toBeInstanceOf(Uint16Array);
      expect([...body]).toEqual(opened.tokenizer.encodeIds(code, { addSpecialTokens: false }));
      const origin = split.origin(i);
      expect(origin.path).toBe(path);
      const file = readFileSync(join(root, path));
      expect(createHash("sha256").update(file).digest("hex")).toBe(origin.sha256);
      const range = file.toString("utf8", origin.byteStart, origin.byteEnd);
      expect(range.replace(/\s/g, "").slice(0, 6)).toBe(code.replace(/\s/g, "").slice(0, 6));
    }
    expect(() => split.example(split.length)).toThrow(DataError);
    expect(() => split.numTokens(-1)).toThrow(DataError);
    opened.close();
  });
});

describe("bytes that do not depend on the way", () => {
  const again = join(root, "again");
  beforeEach(() => rmSync(again, { recursive: true, force: true }));

  test("buildCorpus: the same trees and settings give the same bytes", async () => {
    await build({ out: again });
    expect(digests(again)).toEqual(digests(corpus));
    expect(existsSync(join(again, ".build"))).toBe(false);
  });

  test("buildCorpus: stopped at every stage and run again, it ends in the same bytes", async () => {
    const stages = ["mining", "comparing", "merges", "encoding"];
    for (const stage of [...stages, "never"]) {
      const controller = new AbortController();
      const manifest = await build({
        out: again,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.stage === stage) controller.abort();
        },
      });
      expect(manifest === undefined).toBe(stage !== "never");
    }
    expect(digests(again)).toEqual(digests(corpus));
  });

  test("buildCorpus: an unfinished build goes on with its own settings only", async () => {
    const stopped = { out: again, signal: AbortSignal.abort() };
    expect(await build(stopped)).toBe(undefined);
    await expect(build({ out: again }, { minLines: 2 })).rejects.toMatchObject({
      code: "corpus.otherSettings",
    });
    await build({ out: again, overwrite: true }, { minLines: 2 });
    expect(readManifest(again).settings.minLines).toBe(2);
  });

  test("buildCorpus: another tokenizer is used as it is", async () => {
    const folder = join(root, "tokenizer");
    const tokenizer = trainTokenizer(["return value + first;\n".repeat(50)], { vocabSize: 300 });
    saveTokenizer(tokenizer, folder);
    const manifest = (await build({ out: again, tokenizer: folder }))!;
    expect(manifest.tokenizer).toMatchObject({ isNew: false, vocabSize: tokenizer.vocabSize });
    expect(allExamples(again)).toEqual(expect.arrayContaining(allExamples().slice(0, 3)));
    openCorpus(again, { tokenizer: loadTokenizerSync(folder) }).close();
    expect(() => openCorpus(corpus, { tokenizer })).toThrow(
      expect.objectContaining({ code: "corpus.tokenizer" }),
    );
  });
});

describe("what cannot be built or opened", () => {
  const other = join(root, "other");
  const line = (error: unknown) => formatError(error).replaceAll(root, "<root>");
  const outcome = async (run: () => unknown) => {
    try {
      await run();
      return "no error";
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return line(error);
    }
  };
  beforeEach(() => {
    rmSync(other, { recursive: true, force: true });
    cpSync(corpus, other, { recursive: true });
  });

  test("buildCorpus: refuses to replace, and to find nothing", async () => {
    const empty = join(root, "empty");
    writeIn(empty, "readme.md", "nothing");
    expect([
      await outcome(() => build()),
      await outcome(() => build({ folders: [empty], out: join(root, "none") })),
      await outcome(() =>
        build({ folders: [trees], out: join(root, "none") }, { minTokens: 1_000 }),
      ),
      await outcome(() => build({ folders: [join(root, "nowhere")], out: join(root, "none") })),
    ]).toMatchInlineSnapshot(`
      [
        "there is a corpus in that folder; got: <root>/corpus/manifest.json; help: choose another --out, or --overwrite",
        "no function was found; expected: source code in a language with a grammar; got: 0 source files; left out: 1 unknown-language; where: <root>/empty",
        "no function was found; expected: source code in a language with a grammar; got: 32 source files; left out: 2 unknown-language, 29 no-functions, 1 not-utf8, 1 minified, 1 binary, 102 too-short; where: <root>/trees",
        "file not found; expected: a readable file; got: ENOENT; where: <root>/nowhere",
      ]
    `);
  });

  test("openCorpus: a damaged corpus is one line that names the file", async () => {
    const shard = join(other, "shards/00000");
    const damage: Readonly<Record<string, () => void>> = {
      "cut short": () => truncateSync(`${shard}.tokens`, 100),
      "one byte more": () => appendFileSync(`${shard}.index`, "x"),
      "one bit changed": () => {
        const bytes = readFileSync(`${shard}.tokens`);
        bytes[50]! ^= 1;
        writeFileSync(`${shard}.tokens`, bytes);
      },
      "paths changed": () => {
        const text = readFileSync(`${shard}.files.jsonl`, "utf8");
        writeFileSync(`${shard}.files.jsonl`, text.replace("trees", "seert"));
      },
      "shard missing": () => rmSync(`${shard}.index`),
      "another tokenizer": () => {
        saveTokenizer(trainTokenizer(["abc"], { vocabSize: 300 }), join(other, "tokenizer"));
      },
      "no tokenizer": () => rmSync(join(other, "tokenizer"), { recursive: true }),
      "no manifest": () => rmSync(join(other, "manifest.json")),
      "a manifest of something else": () => writeFileSync(join(other, "manifest.json"), '{"a":1}'),
      "a manifest cut short": () => truncateSync(join(other, "manifest.json"), 200),
    };
    const lines = [];
    for (const [name, apply] of Object.entries(damage)) {
      rmSync(other, { recursive: true, force: true });
      cpSync(corpus, other, { recursive: true });
      apply();
      lines.push(`${name}: ${await outcome(() => openCorpus(other))}`);
    }
    const digest = /[0-9a-f]{12,64}/g;
    expect(lines.map((each) => each.replace(digest, "<digest>"))).toMatchInlineSnapshot(`
      [
        "cut short: a shard of the corpus is damaged; expected: 17380 bytes; got: 100 bytes; where: <root>/other/shards/00000.tokens; help: copy the file again, or build the corpus again",
        "one byte more: a shard of the corpus is damaged; expected: 3960 bytes; got: 3961 bytes; where: <root>/other/shards/00000.index; help: copy the file again, or build the corpus again",
        "one bit changed: a shard of the corpus is damaged; expected: SHA-256 <digest>; got: <digest>; where: <root>/other/shards/00000.tokens; help: copy the file again, or build the corpus again",
        "paths changed: a shard of the corpus is damaged; expected: SHA-256 <digest>; got: <digest>; where: <root>/other/shards/00000.files.jsonl; help: copy the file again, or build the corpus again",
        "shard missing: file not found; expected: a readable file; got: ENOENT; where: <root>/other/shards/00000.index",
        "another tokenizer: the tokenizer does not match the corpus; expected: 612 tokens, digest <digest>; got: 361 tokens, digest <digest>; where: <root>/other/tokenizer; help: train with the corpus's own tokenizer, or build the corpus again with --tokenizer",
        "no tokenizer: no tokenizer in this folder; expected: tokenizer.json, or vocab.json and merges.txt; got: no such folder; where: <root>/other/tokenizer",
        "no manifest: no corpus in that folder; expected: manifest.json; got: none; where: <root>/other; help: make it with codet5 corpus build",
        "a manifest of something else: not the manifest of a corpus; expected: Invalid input: expected "codet5-corpus"; got: field format; where: <root>/other/manifest.json",
        "a manifest cut short: not valid JSON; expected: a JSON value; got: "{\\n \\"format\\": \\"codet5-corpus\\",\\n \\"version\\": 1,\\n \\"settings\\": {\\n…"; where: <root>/other/manifest.json",
      ]
    `);
  });

  test("openCorpus: with the index alone checked, damaged tokens are an error when read, no crash", () => {
    const shard = join(other, "shards/00000");
    writeFileSync(`${shard}.tokens`, Buffer.alloc(readFileSync(`${shard}.tokens`).length, 0xff));
    const opened = openCorpus(other, { verify: "index" });
    const { code, identifiers } = opened.split("train").example(0);
    expect(typeof code).toBe("string");
    expect(identifiers.length).toBeGreaterThan(0);
    truncateSync(`${shard}.tokens`, 10);
    expect(() => opened.split("train").example(5)).toThrow(
      expect.objectContaining({ code: "corpus.shard" }),
    );
    opened.close();
  });

  const disk = mountSmallDisk();
  afterAll(() => disk?.release());
  test.runIf(disk)(
    "buildCorpus: a full disk is one line, and the build goes on once there is room",
    async () => {
      const out = join(disk!.folder, "corpus");
      const filler = join(disk!.folder, "filler");
      writeFileSync(filler, Buffer.alloc(190_000));
      expect(await outcome(() => build({ out }))).toMatch(/^the disk is full; .*free some space/);
      expect(existsSync(join(out, "manifest.json"))).toBe(false);
      rmSync(filler);
      await build({ out });
      expect(digests(out)).toEqual(digests(corpus));
    },
  );

  test("buildCorpus: one process at a time", async () => {
    const out = join(root, "locked");
    writeIn(out, ".build/lock.json", JSON.stringify({ pid: process.ppid }));
    expect(await outcome(() => build({ out }))).toMatch(/^process \d+ is building this corpus; /);
    writeIn(out, ".build/lock.json", "{");
    expect(await build({ out })).toBeDefined();
  });
});

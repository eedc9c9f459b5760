import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { loadTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-tokenizer-"));
const place = (name: string) => join(root, name);
const code = "public int add(int a, int b) {\n    return a + b;\n}\n".repeat(20);

function write(name: string, content: string | Buffer): string {
  writeFileSync(place(name), content);
  return place(name);
}

async function tokenizer(...argv: string[]) {
  const { code: exit, stdout, stderr } = await runCli(["tokenizer", ...argv]);
  return { exit, stdout, stderr: stderr.replaceAll(root, "<root>") };
}

const folder = place("trained");
beforeAll(async () => {
  const words = ["train", write("code.txt", code), "--out", folder, "--vocab-size", "275"];
  expect(await tokenizer(...words, "--quiet")).toMatchObject({ exit: 0, stderr: "" });
});

describe("tokenizer train", () => {
  test("writes the tokenizer the library trains", async () => {
    const options = { vocabSize: 275, useLines: true };
    const want = trainTokenizer([code], options);
    const got = await loadTokenizer(folder);
    expect(got.encode(code)).toEqual(want.encode(code));
    expect(got.vocabSize).toBe(375);
  });

  test("reads gzip and fields of JSON lines, and takes its numbers from a config file", async () => {
    const records = [code, "return a;\n".repeat(9)].map((text) => JSON.stringify({ text, n: 1 }));
    const file = write("records.jsonl.gz", gzipSync(`${records.join("\n")}\n`));
    const settings = { files: [file], fields: ["text"], vocabSize: 270, sentinels: 2, seed: 3 };
    const config = write("config.json", JSON.stringify(settings));
    const out = place("from-records");
    const { stdout } = await tokenizer("train", "--config", config, "--out", out, "--json");
    expect(JSON.parse(stdout)).toEqual({ out, vocabSize: 272, numMerges: 9, numSentinels: 2 });
    const { definition } = await loadTokenizer(out);
    const want = trainTokenizer([`${code}\n${"return a;\n".repeat(9)}\n`], {
      vocabSize: 270,
      useLines: true,
    });
    expect(definition.merges).toEqual(want.definition.merges);
  });

  test("tells its progress on stderr, and when the text is too small for the size", async () => {
    const words = ["train", place("code.txt"), "--out", place("small"), "--vocab-size", "5000"];
    const { exit, stdout, stderr } = await tokenizer(...words);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/merging token [\d,]+\/5,000/);
    expect(stderr).toMatch(/\d+ tokens fewer than asked: no more pairs seen 3 times/);
    expect(stdout).toMatch(/^\d+ tokens, written to /);
  });

  test("loses no tokenizer and starts no work for nothing", async () => {
    const again = await tokenizer("train", place("nothing.txt"), "--out", folder);
    expect(again.exit).toBe(2);
    expect(again.stderr).toMatchInlineSnapshot(`
      "codet5: there is a tokenizer in that folder; got: <root>/trained/tokenizer.json; help: choose another --out, or --overwrite
      "
    `);
    const out = place("never");
    const lines = [];
    for (const [file, ...flags] of [
      [place("nothing.txt")],
      [write("empty.txt", "\n \n")],
      [write("binary.txt", Buffer.of(0x61, 0x0a, 0xff, 0xfe))],
      [write("text.jsonl", "{}\nint a;\n"), "--fields", "code"],
      [write("number.jsonl", '{"code":"a"}\n{"code":3}\n'), "--fields", "code"],
      [place("code.txt"), "--vocab-size", "258"],
    ] as const) {
      const { exit, stderr } = await tokenizer("train", file, "--out", out, ...flags);
      lines.push(`${exit} ${stderr}`);
    }
    expect(lines.join("")).toMatchInlineSnapshot(`
      "1 codet5: file not found; expected: a readable file; got: ENOENT; where: <root>/nothing.txt
      1 codet5: no text to train on; expected: some text; where: <root>/empty.txt
      1 codet5: text is not UTF-8; expected: UTF-8; got: bytes of another encoding; where: <root>/binary.txt:2; help: convert the file, for example with iconv -t UTF-8
      1 codet5: no text in field "code"; expected: a string; got: no such field; where: <root>/text.jsonl:1
      1 codet5: no text in field "code"; expected: a string; got: number; where: <root>/number.jsonl:2
      2 codet5: bad vocabSize; expected: an integer from 261 (special tokens and 256 bytes) to 4194303; got: 258
      "
    `);
  });
});

describe("tokenizer encode and decode", () => {
  test("encode prints ids, decode reads them back", async () => {
    const { stdout } = await tokenizer("encode", folder, "int ab;");
    const { ids } = (await loadTokenizer(folder)).encode("int ab;");
    expect(stdout).toBe(`${ids.join(" ")}\n`);
    const decode = ["tokenizer", "decode", folder];
    const texts = await runCli([...decode, "--skip-special-tokens"], { stdin: `[${ids}]\n\n` });
    expect(texts.stdout).toBe("int ab;\n\n");
    const words = ids.map(String);
    expect((await runCli([...decode, ...words])).stdout).toBe("<s>int ab;</s>\n");
  });

  test("encode shows tokens with their offsets", async () => {
    const { stdout } = await tokenizer("encode", folder, "return é", "--show", "tokens");
    expect(stdout).toMatchInlineSnapshot(`
      " id  token  start  end  text
      ---  -----  -----  ---  -----
        1  <s>        0    0  ""
      273  ret        0    3  "ret"
      274  urn        3    6  "urn"
      225  Ġ          6    7  " "
      132  Ã          7    8  "é"
      107  ©          7    8  "é"
        2  </s>       0    0  ""
      "
    `);
  });

  test("encode reads lines of stdin or a gzip file, and counts what it cuts", async () => {
    const lines = "int a\nint add(int a, int b)\n";
    const file = write("lines.gz", gzipSync(lines));
    const words = ["tokenizer", "encode", folder, "--lines", "--max-length", "5", "--json"];
    const fromFile = await runCli([...words, "--file", file]);
    const fromStdin = await runCli(words, { stdin: lines });
    expect(fromFile).toEqual(fromStdin);
    const { numTexts, numTruncated, encodings } = JSON.parse(fromFile.stdout);
    expect({ numTexts, numTruncated }).toEqual({ numTexts: 2, numTruncated: 1 });
    expect(encodings[1].ids).toHaveLength(5);
    expect(fromFile.stderr).toBe("1 of 2 texts were cut to 5 tokens\n");
  });

  test("bad input is one line", async () => {
    const outcomes = [
      await tokenizer("decode", folder, "99999"),
      await tokenizer("decode", folder, "--", "-1"),
      await tokenizer("decode", folder, "--file", write("ids.txt", "1 2\n3 four\n")),
      await tokenizer("encode", folder, "a", "--file", "b"),
      await tokenizer("encode", folder, "a", "--max-length", "1"),
      await tokenizer("encode", place("nowhere"), "a"),
    ];
    expect(outcomes.map(({ exit, stderr }) => `${exit} ${stderr}`).join("")).toMatchInlineSnapshot(`
      "1 codet5: id outside the vocabulary; expected: one of 375 ids; got: 99999
      2 codet5: bad value for <ids>; expected: list of integer >= 0; got: -1; help: ids of one text
      1 codet5: not an id; expected: an integer >= 0; got: "four"; where: <root>/ids.txt:2
      2 codet5: both a text and --file; expected: one of them
      2 codet5: bad maxLength; expected: an integer of at least 2 (tokens, template included); got: 1
      1 codet5: no tokenizer in this folder; expected: tokenizer.json, or vocab.json and merges.txt; got: no such folder; where: <root>/nowhere
      "
    `);
  });
});

describe("tokenizer import and inspect", () => {
  test("import rebuilds a tokenizer from its two vocabulary files", async () => {
    const out = place("imported");
    const files = [join(folder, "vocab.json"), join(folder, "merges.txt")];
    const { exit, stdout } = await tokenizer("import", ...files, "--out", out);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `375 tokens, written to ${out}\n` });
    const text = "int <extra_id_3> = add(a, <mask>)";
    const [got, want] = [await loadTokenizer(out), await loadTokenizer(folder)];
    expect(got.encode(text)).toEqual(want.encode(text));
    expect(readFileSync(join(out, "vocab.json"))).toEqual(readFileSync(files[0]!));
  });

  test("inspect shows sizes, template and special tokens", async () => {
    expect((await tokenizer("inspect", folder)).stdout).toMatchInlineSnapshot(`
      "tokens       375
      merges       14
      added tokens 105, of them 100 sentinels
      template     <s> text </s>
      bos          <s> (1)
      eos          </s> (2)
      unk          <unk> (3)
      sep          </s> (2)
      pad          <pad> (0)
      cls          <s> (1)
      mask         <mask> (4)
      "
    `);
    const { stdout } = await tokenizer("inspect", folder, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ vocabSize: 375, numMerges: 14, numSentinels: 100 });
  });
});

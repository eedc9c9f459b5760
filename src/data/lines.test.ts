import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pythonLines } from "../metrics/index.ts";
import { forEachLine, type LineOptions } from "./lines.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-lines-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(
  content: string | Uint8Array,
  options: LineOptions = { lineEnds: "lf" },
): Promise<string[]> {
  const path = join(folder, "a.txt");
  writeFileSync(path, content);
  const lines: string[] = [];
  let last = 0;
  await forEachLine(path, options, (line, number) => {
    lines.push(line);
    last = number;
  });
  expect(last).toBe(lines.length);
  return lines;
}

const universal: LineOptions = { lineEnds: "universal" };
const withCode = (code: string) => expect.objectContaining({ code });

test("forEachLine: universal line ends are those of Python's text mode", async () => {
  const piece = fc.constantFrom("a", "é", "\n", "\r", "\r\n", "\u2028", "\x0b", "\x85", "");
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const text = pieces.join("");
      expect(await linesOf(text, universal)).toEqual(pythonLines(text));
      expect(await linesOf(gzipSync(text), universal)).toEqual(pythonLines(text));
    }),
    { numRuns: 100 },
  );
});

test("forEachLine: with lf a carriage return stays in the line", async () => {
  expect(await linesOf("a\r\nb\rc")).toEqual(["a\r", "b\rc"]);
});

test("forEachLine: a line end or a character across two chunks is one", async () => {
  const chunk = 1 << 18;
  for (const end of ["\r\n", "\n", "\r"]) {
    const long = "a".repeat(chunk - 1);
    expect(await linesOf(`${long}${end}b`, universal)).toEqual([long, "b"]);
  }
  const accented = `${"a".repeat(chunk - 1)}é\nb`;
  expect(await linesOf(accented)).toEqual(accented.split("\n"));
});

test("forEachLine: a byte-order mark is dropped at the start only", async () => {
  expect(await linesOf("\ufeffa\n\ufeffb\n")).toEqual(["a", "\ufeffb"]);
});

test("forEachLine: empty files have no line", async () => {
  expect(await linesOf("")).toEqual([]);
  expect(await linesOf(gzipSync(""))).toEqual([]);
  expect(await linesOf("a")).toEqual(["a"]);
});

test("forEachLine: text that is not UTF-8 is refused with its line", async () => {
  const bytes = Buffer.from([0x61, 0x0a, 0xe9, 0x0a]);
  await expect(linesOf(bytes)).rejects.toThrow(
    expect.objectContaining({
      code: "data.encoding",
      details: expect.objectContaining({ where: expect.stringMatching(/a\.txt:2$/) }),
    }),
  );
});

test("forEachLine: long lines and large files are refused before they fill the memory", async () => {
  await expect(linesOf("a\nbbbbb\n", { lineEnds: "lf", maxLineBytes: 4 })).rejects.toThrow(
    withCode("data.lineTooLong"),
  );
  await expect(linesOf("a\nb\n", { lineEnds: "lf", maxBytes: 3 })).rejects.toThrow(
    withCode("data.tooLarge"),
  );
});

test("forEachLine: gzip bombs are refused, as one line and as many", async () => {
  for (const filling of ["a", "\n"]) {
    await expect(linesOf(gzipSync(Buffer.alloc(20 * 2 ** 20, filling)))).rejects.toThrow(
      expect.objectContaining({
        code: "data.gzip",
        message: "gzip file unpacks to far more than data would",
      }),
    );
  }
});

test("forEachLine: damaged and truncated gzip is refused, joined members are read", async () => {
  const packed = gzipSync("hello\nworld\n".repeat(1000));
  await expect(linesOf(packed.subarray(0, packed.length - 9))).rejects.toThrow(
    withCode("data.gzip"),
  );
  const flipped = Buffer.from(packed);
  flipped[20]! ^= 0xff;
  await expect(linesOf(flipped)).rejects.toThrow(withCode("data.gzip"));
  expect(await linesOf(Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]))).toEqual(["a", "b"]);
});

test("forEachLine: any bytes after a gzip mark end in lines or in one clear error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      for (const head of [[0x1f, 0x8b], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], []]) {
        const run = linesOf(Buffer.concat([Buffer.from(head), bytes]), universal);
        const code = await run.then(
          () => "lines",
          (error) => error.code,
        );
        expect(["lines", "data.gzip", "data.encoding"]).toContain(code);
      }
    }),
    { numRuns: 100 },
  );
});

test("forEachLine: missing files and folders are one clear error", async () => {
  const read = (path: string) => forEachLine(path, universal, () => {});
  await expect(read(join(folder, "none"))).rejects.toThrow(withCode("file.missing"));
  await expect(read(folder)).rejects.toThrow(withCode("file.unreadable"));
});

test("forEachLine: what the callback throws ends the reading", async () => {
  const path = join(folder, "b.txt");
  writeFileSync(path, "a\nb\n");
  const seen: string[] = [];
  const run = forEachLine(path, universal, (line) => {
    seen.push(line);
    throw new Error("enough");
  });
  await expect(run).rejects.toThrow("enough");
  expect(seen).toEqual(["a"]);
});

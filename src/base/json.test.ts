import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseJson, readJsonFile, readTextFile } from "./json.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-json-"));
const path = join(folder, "file");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (code: string, got: string) =>
  expect.objectContaining({ code, details: expect.objectContaining({ got }) });

test("readTextFile: whole files of any length, without their byte-order mark", () => {
  for (const text of ["", "a", "a\r\nb\0", `${"é".repeat(1_500_000)}`]) {
    writeFileSync(path, text);
    expect(readTextFile(path) === text).toBe(true);
    writeFileSync(path, `\ufeff${text}`);
    expect(readTextFile(path) === text).toBe(true);
  }
});

test("readTextFile: a limit is kept, whatever the size a file claims", () => {
  writeFileSync(path, "12345");
  expect(readTextFile(path, 5)).toBe("12345");
  expect(() => readTextFile(path, 4)).toThrow(failure("file.tooLarge", "more"));
  truncateSync(path, 3e9);
  expect(() => readJsonFile(path)).toThrow(failure("file.tooLarge", "more"));
});

test.runIf(process.platform === "linux")("readTextFile: a device without end is refused", () => {
  expect(() => readTextFile("/dev/zero", 1e7)).toThrow(failure("file.tooLarge", "more"));
});

test("readTextFile: a missing file, a folder, another encoding", () => {
  expect(() => readTextFile(join(folder, "none"))).toThrow(failure("file.missing", "ENOENT"));
  expect(() => readTextFile(folder)).toThrow(failure("file.unreadable", "EISDIR"));
  writeFileSync(path, Uint8Array.of(0x61, 0xff));
  expect(() => readTextFile(path)).toThrow(failure("file.encoding", "bytes of another encoding"));
});

test("parseJson: deep nesting is refused, brackets inside strings do not count", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  expect(() => parseJson(nested(1e6), "x")).toThrow(failure("json.depth", "more"));
  expect(() => parseJson(`{"a":${nested(1001)}}`, "x")).toThrow(failure("json.depth", "more"));
  expect(parseJson(nested(1000), "x")).toHaveLength(1);
  const text = `\\${'"[{'.repeat(2000)}\\`;
  expect(parseJson(JSON.stringify({ [text]: [text] }), "x")).toEqual({ [text]: [text] });
});

test("readJsonFile: what is not JSON is shown, with its file", () => {
  writeFileSync(path, "{,");
  expect(() => readJsonFile(path)).toThrow(failure("json.syntax", '"{,"'));
  writeFileSync(path, '\ufeff{"a": 1}');
  expect(readJsonFile(path)).toEqual({ a: 1 });
});

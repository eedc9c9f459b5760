import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSmallDisk } from "../../test/small-disk.ts";
import { temporaryPath, writeError, writeFileAtomically } from "./atomic-file.ts";
import { DataError } from "./errors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-atomic-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("writeFileAtomically: text, bytes and pieces replace the old file and leave nothing beside", () => {
  const path = join(folder, "a.txt");
  writeFileAtomically(path, "first");
  writeFileAtomically(path, new Uint8Array([104, 105]));
  expect(readFileSync(path, "utf8")).toBe("hi");
  writeFileAtomically(path, (write) => {
    write(Buffer.from("one "));
    write(Buffer.from("two"));
  });
  expect(readFileSync(path, "utf8")).toBe("one two");
  expect(readdirSync(folder)).toEqual(["a.txt"]);
});

test("writeFileAtomically: a failure half-way keeps the old file and removes the temporary", () => {
  const path = join(folder, "a.txt");
  writeFileAtomically(path, "old");
  const fail = () =>
    writeFileAtomically(path, (write) => {
      write(Buffer.from("half"));
      throw new Error("stop");
    });
  expect(fail).toThrow("stop");
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a.txt"]);
});

test("writeFileAtomically: a missing folder is one clear error", () => {
  const path = join(folder, "no", "a.txt");
  const write = () => writeFileAtomically(path, "x");
  expect(write).toThrow(DataError);
  expect(write).toThrow(expect.objectContaining({ code: "file.unwritable" }));
});

test("writeFileAtomically: sweeps what a killed process left, not what a live one is writing", () => {
  const path = join(folder, "a.txt");
  const live = basename(temporaryPath(path));
  const dead = live.replace(/-\d+-/, `-${deadPid()}-`);
  for (const name of [live, dead]) writeFileSync(join(folder, name), "partial");
  writeFileAtomically(path, "x");
  expect(readdirSync(folder).sort()).toEqual([live, "a.txt"].sort());
});

test("writeError: other failures pass through", () => {
  const cause = new TypeError("ours");
  expect(writeError("a", cause)).toBe(cause);
  expect(writeError("a", undefined)).toBe(undefined);
});

function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

const disk = mountSmallDisk();
afterAll(() => disk?.release());

describe.runIf(disk)("a full disk", () => {
  test("writeFileAtomically: says disk.full, keeps the old file, gives the space back", () => {
    const inner = join(disk!.folder, "inner");
    mkdirSync(inner);
    const path = join(inner, "a.bin");
    writeFileAtomically(path, "old");
    expect(() => writeFileAtomically(path, new Uint8Array(1 << 20))).toThrow(
      expect.objectContaining({
        code: "disk.full",
        details: expect.objectContaining({ where: path }),
      }),
    );
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(inner)).toEqual(["a.bin"]);
  });
});

import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-make-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("makeFolder: makes every folder on the way, and again: nothing", () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path);
  makeFolder(path);
  expect(existsSync(path)).toBe(true);
});

test("makeFolder: a file, or a link to nowhere, in the way is told", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const details = expect.objectContaining({ got: "a file", where: file });
  const inTheWay = { code: "file.unwritable", details };
  for (const path of [file, join(file, "a", "b")]) {
    expect(() => makeFolder(path)).toThrow(expect.objectContaining(inTheWay));
  }
  const link = join(folder, "link");
  symlinkSync(join(folder, "nowhere"), link);
  expect(() => makeFolder(link)).toThrow(expect.objectContaining({ code: "file.unwritable" }));
});

test.runIf(process.platform === "linux")(
  "makeFolder: under /proc it fails and does not hang",
  () => {
    for (const path of ["/proc/codet5", "/proc/codet5/a", "/proc/self/codet5"]) {
      expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: "file.unwritable" }));
    }
  },
);

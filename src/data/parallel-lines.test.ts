import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readParallel } from "./parallel-lines.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-parallel-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("readParallel: pairs lines, strips them, keeps blank ones", async () => {
  const source = write("a.java", "\ufeff int a ;\r\n\r\n\tint b;  \n");
  const target = write("a.cs", "int A;\n int ? ;\nint B;");
  expect(await readParallel(source, target)).toEqual([
    { source: "int a ;", target: "int A;" },
    { source: "", target: "int ? ;" },
    { source: "int b;", target: "int B;" },
  ]);
});

test("readParallel: different numbers of lines are refused with both counts", async () => {
  const source = write("b.java", "1\n2\n3\n");
  const target = write("b.cs", "1\n2\n");
  await expect(readParallel(source, target)).rejects.toThrow(
    expect.objectContaining({
      code: "data.parallel",
      details: { expected: `3 lines, as in ${source}`, got: "2 lines", where: target },
    }),
  );
});

test("readParallel: empty and missing files are refused by name", async () => {
  const empty = write("c.java", "");
  await expect(readParallel(empty, empty)).rejects.toThrow(
    expect.objectContaining({ code: "data.empty" }),
  );
  const missing = join(folder, "none.cs");
  await expect(readParallel(empty, missing)).rejects.toThrow(
    expect.objectContaining({
      code: "file.missing",
      details: expect.objectContaining({ where: missing }),
    }),
  );
});

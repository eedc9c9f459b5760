import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readParallel, readTranslate, translatePaths } from "./parallel.ts";

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

test("readTranslate: the same six files serve both directions", async () => {
  for (const part of ["train", "valid", "test"]) {
    write(`${part}.java-cs.txt.java`, `java ${part}\n`);
    write(`${part}.java-cs.txt.cs`, `cs ${part}\n`);
  }
  expect(await readTranslate(folder, "cs-java")).toEqual({
    train: [{ source: "cs train", target: "java train" }],
    validation: [{ source: "cs valid", target: "java valid" }],
    test: [{ source: "cs test", target: "java test" }],
  });
  expect((await readTranslate(folder, "java-cs")).test[0]?.source).toBe("java test");
  expect(translatePaths("d", "java-cs").validation.target).toBe(join("d", "valid.java-cs.txt.cs"));
});

const shared = resolve(import.meta.dirname, "../../../shared/data/codexglue/translate_original_v1");

describe.runIf(existsSync(shared))("CodeXGLUE's own files", () => {
  test("readTranslate: 10,300 + 500 + 1,000 pairs", async () => {
    const { train, validation, test: held } = await readTranslate(shared, "java-cs");
    expect([train.length, validation.length, held.length]).toEqual([10_300, 500, 1000]);
    expect(train.every(({ source, target }) => source !== "" && target !== "")).toBe(true);
  });
});

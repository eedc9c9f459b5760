import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  readClone,
  readConcode,
  readDefect,
  readRefine,
  readSummarize,
  readTranslate,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-codexglue-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | readonly unknown[]): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const lines = () => (content as readonly unknown[]).map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(path, typeof content === "string" ? content : lines().join(""));
}

describe("CodeXGLUE", () => {
  test("translate: the same six files serve both directions", async () => {
    for (const part of ["train", "valid", "test"]) {
      write(`t/${part}.java-cs.txt.java`, `java ${part}\n`);
      write(`t/${part}.java-cs.txt.cs`, `cs ${part}\n`);
    }
    const { splits, files } = await readTranslate(join(folder, "t"), "cs-java");
    expect(splits).toEqual({
      train: [{ source: "cs train", target: "java train" }],
      validation: [{ source: "cs valid", target: "java valid" }],
      test: [{ source: "cs test", target: "java test" }],
    });
    expect(files).toHaveLength(6);
    const other = await readTranslate(join(folder, "t"), "java-cs");
    expect(other.splits.test[0]?.source).toBe("java test");
  });

  test("refine: an absent part is empty, half a part is an error", async () => {
    write("r/small/valid.buggy-fixed.buggy", "a ( ) ;\n");
    write("r/small/valid.buggy-fixed.fixed", "b ( ) ;\n");
    const { splits } = await readRefine(join(folder, "r"), "small");
    expect(splits.train).toEqual([]);
    expect(splits.validation).toEqual([{ source: "a ( ) ;", target: "b ( ) ;" }]);
    write("r/small/test.buggy-fixed.buggy", "a ( ) ;\n");
    await expect(readRefine(join(folder, "r"), "small")).rejects.toMatchObject({
      code: "file.missing",
    });
    await expect(readRefine(join(folder, "r"), "medium")).rejects.toMatchObject({
      code: "file.missing",
    });
  });

  test("summarize: tokens on one line; line feeds of a docstring vanish, other white space folds", async () => {
    write("s/ruby/valid.jsonl", [
      {
        code_tokens: ["def", "a\nb", " c"],
        docstring_tokens: ["Adds\nup", " two ", "."],
        repo: "x",
      },
    ]);
    const { splits } = await readSummarize(join(folder, "s"), "ruby");
    expect(splits.validation).toEqual([{ source: "def a b c", target: "Addsup two ." }]);
    write("s/go/train.jsonl", [{ code_tokens: "func", docstring_tokens: [] }]);
    await expect(readSummarize(join(folder, "s"), "go")).rejects.toThrow(/code_tokens/);
  });

  test("concode: hidden answers make no test part", async () => {
    write("c/dev.json", [{ nl: " get concode_field_sep int a ", code: "int f ( ) { }" }]);
    write("c/test.json", [{ nl: "hidden", code: "" }]);
    const { splits } = await readConcode(join(folder, "c"));
    expect(splits.validation).toEqual([
      { source: "get concode_field_sep int a", target: "int f ( ) { }" },
    ]);
    expect(splits.test).toEqual([]);
  });

  test("defect: white space folded, labels 0 and 1 only", async () => {
    write("d/train.jsonl", [{ func: "int  f()\n{\treturn 1; }", target: 1, idx: 4 }]);
    const { splits } = await readDefect(join(folder, "d"));
    expect(splits.train).toEqual([{ source: "int f() { return 1; }", label: 1 }]);
    write("d/test.jsonl", [{ func: "x", target: 2 }]);
    await expect(readDefect(join(folder, "d"))).rejects.toThrow(/target/);
  });

  test("clone: pairs by index; one that names an unknown function is left out", async () => {
    write("k/data.jsonl", [
      { func: "a  b", idx: "7" },
      { func: "c", idx: 8 },
    ]);
    write("k/train.txt", "7\t8\t1\n7\t9\t0\n");
    const { splits } = await readClone(join(folder, "k"));
    expect(splits.train).toEqual([{ source: "a b", other: "c", label: 1 }]);
    write("k/valid.txt", "7 8 1\n");
    await expect(readClone(join(folder, "k"))).rejects.toMatchObject({ code: "data.record" });
  });
});

const shared = resolve(import.meta.dirname, "../../../../shared/data/codexglue");

describe.runIf(existsSync(shared))("CodeXGLUE's own files", () => {
  const sizes = ({ splits }: { splits: Record<string, readonly unknown[]> }) =>
    Object.values(splits).map((part) => part.length);

  test("translate: 10,300 + 500 + 1,000 pairs", async () => {
    const data = await readTranslate(join(shared, "translate_original_v1"), "java-cs");
    expect(sizes(data)).toEqual([10_300, 500, 1000]);
  });

  test("refine: validation and test of both sizes", async () => {
    expect(sizes(await readRefine(join(shared, "refine"), "small"))).toEqual([0, 5835, 5835]);
    expect(sizes(await readRefine(join(shared, "refine"), "medium"))).toEqual([0, 6546, 6545]);
  });

  test("concode: 2,000 answers, and 2,000 hidden", async () => {
    expect(sizes(await readConcode(join(shared, "concode")))).toEqual([0, 2000, 0]);
  });
});

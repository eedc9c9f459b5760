import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOfFile, digestOfText } from "./digest.ts";

test("digests: the known SHA-256 of abc, from a file and from a text", async () => {
  const folder = mkdtempSync(join(tmpdir(), "codet5-digest-"));
  try {
    const path = join(folder, "a.txt");
    writeFileSync(path, "abc");
    const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await digestOfFile(path)).toBe(want);
    expect(digestOfText("abc")).toBe(want);
    await expect(digestOfFile(join(folder, "none"))).rejects.toThrow(
      expect.objectContaining({ code: "file.missing" }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyCounts } from "./counts.ts";
import { sourceTrees, type WalkOptions, walkTree } from "./walk.ts";

const makePipes = "mkfifo";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "codet5-walk-"));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text = "int a;\n"): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function walk(folders: readonly string[], options: Partial<WalkOptions> = {}) {
  const counts = emptyCounts();
  const visited = new Set<string>();
  const languageOf = (name: string) => (name.endsWith(".c") ? "c" : undefined);
  const all = { maxFileBytes: 1_000, groupDepth: 1, languageOf, isTreeGroup: true, ...options };
  const files = sourceTrees(folders.map((folder) => join(root, folder))).flatMap((tree) => [
    ...walkTree(tree, all, counts, visited),
  ]);
  return { files, names: files.map(({ name }) => name), counts };
}

test("walkTree: source files by name, everything else counted by reason", () => {
  for (const name of ["t/b.c", "t/a.c", "t/d/e.c", "t/readme.md", "t/x.tab.c"]) write(name);
  write("t/empty.c", "");
  for (const name of ["t/.git/x.c", "t/node_modules/m/x.c", "t/.cache/x.c"]) write(name);
  const large = write("t/large.c");
  truncateSync(large, 200_000_000);
  const { names, counts } = walk(["t"]);
  expect(names).toEqual(["t/a.c", "t/b.c", "t/d/e.c"]);
  expect(counts.files).toEqual({ "unknown-language": 1, generated: 1, empty: 1, "too-large": 1 });
  expect(counts.folders).toEqual({ hidden: 2, vendored: 1 });
});

test("walkTree: ignore files work as git's, nested and negated, and not those around the tree", () => {
  write(".gitignore", "*.c\n");
  write("t/.gitignore", "build/\n/top.c\n*.tmp.c\n# comment\n");
  write("t/in/.gitignore", "!keep.tmp.c\nlocal.c\n");
  write("t/in/.ignore", "other.c\n");
  for (const name of ["top.c", "a.c", "in/top.c", "in/keep.tmp.c", "in/x.tmp.c", "in/local.c"]) {
    write(`t/${name}`);
  }
  for (const name of ["in/other.c", "build/x.c", "in/build/x.c", "local.c"]) write(`t/${name}`);
  const { names, counts } = walk(["t"]);
  expect(names).toEqual(["t/a.c", "t/in/keep.tmp.c", "t/in/top.c", "t/local.c"]);
  expect(counts).toMatchObject({ files: { ignored: 4 }, folders: { ignored: 2 } });
});

test("walkTree: links are not followed, so that loops end; pipes are not opened", () => {
  write("t/a.c");
  symlinkSync(join(root, "t"), join(root, "t/loop"));
  symlinkSync("a.c", join(root, "t/link.c"));
  symlinkSync("nowhere", join(root, "t/dangling.c"));
  execFileSync(makePipes, [join(root, "t/pipe.c"), join(root, "t/LICENSE")]);
  const { names, counts } = walk(["t"]);
  expect(names).toEqual(["t/a.c"]);
  expect(counts.files).toMatchObject({ symlink: 3, "not-a-file": 2 });
});

test("walkTree: an unreadable folder is counted, the rest is walked", () => {
  write("t/a.c");
  write("t/closed/b.c");
  chmodSync(join(root, "t/closed"), 0);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    const { names, counts } = walk(["t"]);
    expect(names).toEqual(["t/a.c"]);
    expect(counts.folders).toEqual({ unreadable: 1 });
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(join(root, "t/closed"), 0o755);
  }
});

test("walkTree: groups are repositories, else top folders, npm's scopes with their packages", () => {
  for (const name of ["x.c", "lib/a.c", "lib/in/b.c", "@s/p/c.c", "@s/q/d.c", "r/in/e.c"]) {
    write(`t/${name}`);
  }
  for (const name of ["t/lib/repo/.git/HEAD", "t/lib/repo/sub/f.c", "t/r/.git/HEAD"]) write(name);
  const groups = (options: Partial<WalkOptions> = {}) =>
    Object.fromEntries(walk(["t"], options).files.map(({ name, group }) => [name, group]));
  expect(groups()).toEqual({
    "t/x.c": "t",
    "t/lib/a.c": "t/lib",
    "t/lib/in/b.c": "t/lib",
    "t/lib/repo/sub/f.c": "t/lib/repo",
    "t/@s/p/c.c": "t/@s/p",
    "t/@s/q/d.c": "t/@s/q",
    "t/r/in/e.c": "t/r",
  });
  expect(groups({ groupDepth: 2 })).toMatchObject({
    "t/lib/in/b.c": "t/lib/in",
    "t/r/in/e.c": "t/r",
  });
  write("t/.git/HEAD");
  expect(new Set(Object.values(groups()))).toEqual(new Set(["t", "t/lib/repo", "t/r"]));
  expect(groups({ isTreeGroup: false })["t/lib/a.c"]).toBe("t/lib");
});

test("walkTree: a file has the licence of the nearest folder that tells one", () => {
  write("t/package.json", '{"license":"MIT"}');
  write("t/in/COPYING", "GNU General Public License, version 3");
  for (const name of ["a.c", "in/deep/b.c", "other/c.c"]) write(`t/${name}`);
  const { files } = walk(["t"]);
  expect(files.map(({ name, license }) => [name, license])).toEqual([
    ["t/a.c", "MIT"],
    ["t/in/deep/b.c", "GPL-3.0"],
    ["t/other/c.c", "MIT"],
  ]);
});

test("sourceTrees: trees of one name are numbered, overlapping trees walked once", () => {
  write("x/lib/a.c");
  write("y/lib/b.c");
  const { names, counts } = walk(["x/lib", "y/lib", "x"]);
  expect(names).toEqual(["lib/a.c", "lib~2/b.c"]);
  expect(counts.folders).toEqual({ visited: 1 });
});

test("sourceTrees: what is no folder is one clear error", () => {
  const file = write("a.c");
  expect(() => sourceTrees([file])).toThrow(
    expect.objectContaining({ code: "corpus.notFolder", details: expect.anything() }),
  );
  expect(() => sourceTrees([join(root, "nowhere")])).toThrow(
    expect.objectContaining({ code: "file.missing" }),
  );
});

test("walkTree: a hostile ignore file and thousands of nested folders do not stop it", () => {
  write("t/.gitignore", `${"*a".repeat(100)}\n${"x".repeat(1_000)}\n[z-a]\n\\\n!\n`);
  const deep = Array.from({ length: 400 }, () => "d").join("/");
  write(`t/${deep}/a.c`);
  write("t/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.c");
  expect(walk(["t"]).names).toHaveLength(2);
});

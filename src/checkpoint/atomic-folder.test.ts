import { spawn } from "node:child_process";
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSmallDisk } from "../../test/small-disk.ts";
import { DataError, discard, writeFileAtomically } from "../base/index.ts";
import { currentFolder, recoverFolder, writeFolderAtomically } from "./index.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "codet5-folder-"));
  folder = join(parent, "checkpoint");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A version is whole when both of its files tell the same number. */
function fill(version: number, target: string): void {
  mkdirSync(join(target, "sub"));
  writeFileSync(join(target, "a.txt"), String(version));
  writeFileSync(join(target, "sub", "b.txt"), String(version));
}

function versionOf(path: string): number {
  const [a, b] = [join(path, "a.txt"), join(path, "sub", "b.txt")].map((file) => {
    return Number(readFileSync(file, "utf8"));
  });
  expect(a).toBe(b);
  return a!;
}

const write = (version: number) => writeFolderAtomically(folder, (target) => fill(version, target));

test("writeFolderAtomically: creates, replaces whole, returns what the filler did", async () => {
  await write(1);
  writeFileSync(join(folder, "extra"), "");
  const result = await writeFolderAtomically(folder, async (target) => {
    fill(2, target);
    return "done";
  });
  expect(result).toBe("done");
  expect(versionOf(folder)).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(["a.txt", "sub"]);
  expect(readdirSync(parent)).toEqual(["checkpoint"]);
});

test("writeFolderAtomically: a filler that fails leaves the old folder and nothing beside", async () => {
  await write(1);
  const failing = writeFolderAtomically(folder, (target) => {
    fill(2, target);
    throw new Error("stop");
  });
  await expect(failing).rejects.toThrow("stop");
  expect(versionOf(folder)).toBe(1);
  expect(readdirSync(parent)).toEqual(["checkpoint"]);
});

test("writeFolderAtomically: a file or a link in its place, or no parent, is one clear error", async () => {
  writeFileSync(folder, "precious");
  await expect(write(1)).rejects.toMatchObject({ code: "folder.notFolder" });
  expect(readFileSync(folder, "utf8")).toBe("precious");
  rmSync(folder);
  symlinkSync(parent, folder);
  await expect(write(1)).rejects.toMatchObject({ code: "folder.notFolder" });
  folder = join(parent, "none", "checkpoint");
  await expect(write(1)).rejects.toMatchObject({ code: "file.unwritable" });
});

test("recoverFolder: nothing there, or a whole folder, stays as it is", async () => {
  recoverFolder(folder);
  expect(readdirSync(parent)).toEqual([]);
  await write(3);
  recoverFolder(folder);
  expect(versionOf(folder)).toBe(3);
  recoverFolder(join(parent, "none", "checkpoint"));
});

test("recoverFolder: an old folder alone comes back", async () => {
  await write(4);
  renameSync(folder, join(parent, ".checkpoint.old"));
  expect(versionOf(currentFolder(folder))).toBe(4);
  recoverFolder(folder);
  expect(versionOf(folder)).toBe(4);
});

/** Names of every call through which the writer changes the disk. */
const mutators = [
  "mkdirSync",
  "openSync",
  "writeSync",
  "fsyncSync",
  "renameSync",
  "rmSync",
] as const;

/** Run with a file system that stops answering at its n-th change, as it does for a killed process. */
async function withDeathAt(n: number, action: () => Promise<unknown>): Promise<boolean> {
  const originals = mutators.map((name) => [name, fs[name]] as const);
  let count = 0;
  for (const [name, original] of originals) {
    const dying = (...args: unknown[]) => {
      if (++count >= n) throw new Error("killed");
      return (original as (...args: unknown[]) => unknown)(...args);
    };
    Object.assign(fs, { [name]: dying });
  }
  syncBuiltinESMExports();
  try {
    await action();
    return false;
  } catch (error) {
    expect((error as Error).message).toBe("killed");
    return true;
  } finally {
    Object.assign(fs, Object.fromEntries(originals));
    syncBuiltinESMExports();
  }
}

test("writeFolderAtomically: death at each single change leaves the old or the new, whole", async () => {
  let deaths = 0;
  const seen = new Set<number>();
  for (let n = 1; ; n++) {
    discard(folder);
    await write(1);
    const died = await withDeathAt(n, () => write(2));
    const readable = versionOf(currentFolder(folder));
    // a second death, during recovery, at every place too
    for (let m = 1; await withDeathAt(m, async () => recoverFolder(folder)); m++) {
      expect([readable, 2]).toContain(versionOf(currentFolder(folder)));
    }
    recoverFolder(folder);
    const recovered = versionOf(folder);
    expect(recovered).toBeGreaterThanOrEqual(readable);
    expect(readdirSync(parent).filter((name) => !name.includes(".tmp-"))).toEqual(["checkpoint"]);
    seen.add(recovered);
    if (!died) break;
    deaths++;
  }
  expect(deaths).toBeGreaterThan(10);
  expect([...seen].sort()).toEqual([1, 2]);
});

test("writeFolderAtomically: kill -9 at random moments, then recovery, loses nothing", async () => {
  const script = join(parent, "writer.mts");
  const module = join(import.meta.dirname, "atomic-folder.ts");
  writeFileSync(
    script,
    `import { writeFileSync, mkdirSync } from "node:fs";
    import { writeFolderAtomically } from ${JSON.stringify(module)};
    for (let version = Number(process.argv[2]); ; version++) {
      await writeFolderAtomically(process.argv[3], (target) => {
        mkdirSync(target + "/sub");
        writeFileSync(target + "/a.txt", String(version));
        writeFileSync(target + "/sub/b.txt", String(version));
      });
      console.log(version);
    }`,
  );
  let version = 0;
  for (let round = 0; round < 4; round++) {
    const tsx = ["--import", "tsx", script, String(version + 1), folder];
    const child = spawn(process.execPath, tsx, { stdio: ["ignore", "pipe", "inherit"] });
    let reported = version;
    child.stdout.on("data", (text) => {
      reported = Number(String(text).trim().split("\n").at(-1));
    });
    while (reported === version && child.exitCode === null) await sleep(5);
    await sleep(round * 7);
    child.kill("SIGKILL");
    await new Promise((done) => child.once("close", done));
    recoverFolder(folder);
    version = versionOf(folder);
    expect([reported, reported + 1]).toContain(version);
    expect(readdirSync(parent).sort()).toEqual(["checkpoint", "writer.mts"]);
  }
});

const disk = mountSmallDisk();
afterAll(() => disk?.release());

describe.runIf(disk)("a full disk", () => {
  test("writeFolderAtomically: says disk.full, keeps the old folder, gives the space back", async () => {
    folder = join(disk!.folder, "checkpoint");
    await write(1);
    const large = new Uint8Array(200_000);
    const failing = writeFolderAtomically(folder, (target) => {
      fill(2, target);
      writeFileAtomically(join(target, "one"), large);
      writeFileAtomically(join(target, "two"), large);
    });
    await expect(failing).rejects.toBeInstanceOf(DataError);
    await expect(failing).rejects.toMatchObject({ code: "disk.full" });
    expect(versionOf(folder)).toBe(1);
    expect(readdirSync(disk!.folder)).toEqual(["checkpoint"]);
    expect(existsSync(folder)).toBe(true);
  });
});

/** @file A small disk that tests can fill, where the process may mount one (root on Linux). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly folder: string;
  /** Unmount and remove it. */
  release(): void;
}

/** Mount a small disk, or undefined where that is not allowed. @param kilobytes its size */
export function mountSmallDisk(kilobytes = 256): SmallDisk | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "codet5-disk-"));
  const run = (command: string, ...args: string[]) => spawnSync(command, [...args, folder]).status;
  const mounted = run("mount", "-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs") === 0;
  const remove = () => rmSync(folder, { recursive: true });
  const release = () => {
    run("umount");
    remove();
  };
  if (mounted) return { folder, release };
  remove();
  return undefined;
}

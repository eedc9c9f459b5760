/** @file Every temporary folder of a test run lies in one, which goes when the run ends. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Vitest's global set-up: the worker processes and the command lines they start inherit `TMPDIR`. */
export default function temporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "codet5-test-"));
  // tests that give up root's rights must still get to their own folders
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

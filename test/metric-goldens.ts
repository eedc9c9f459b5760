/** @file Where the shared reference scores are, for the tests that run when they are there. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../../shared/goldens/metrics");

/** The reference scores; `read` only where `exists`, else it gives an empty record of empty lists. */
export const golden = {
  exists: existsSync(folder),
  read: (file: string): unknown =>
    golden.exists ? JSON.parse(readFileSync(resolve(folder, file), "utf8")) : emptyGolden,
};

/** `describe.runIf` collects its tests even where it does not run them: every key is a list of none. */
const emptyGolden: unknown = new Proxy({}, { get: () => [] });

/** The text of a prediction or reference file. */
export function goldenInput(file: string): string {
  return readFileSync(resolve(folder, "inputs", file), "utf8");
}

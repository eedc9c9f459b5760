/** @file The package's version, read from package.json so that it is written in one place. */
import { fileURLToPath } from "node:url";
import { readJsonFile } from "../base/index.ts";

/** Semantic version, e.g. `0.1.0`. */
export function packageVersion(): string {
  // the same depth from src/cli and from dist/cli
  const path = fileURLToPath(new URL("../../package.json", import.meta.url));
  return (readJsonFile(path) as { version: string }).version;
}

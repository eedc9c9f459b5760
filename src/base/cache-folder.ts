/** @file Where files are kept that can be made again. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `codet5` in `XDG_CACHE_HOME`, or in `~/.cache`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "codet5");
}

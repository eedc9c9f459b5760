/** @file Whether the optional peer is there: what runs llama.cpp is tested where it is. */
import { createRequire } from "node:module";

export const isLlamaCppInstalled = (() => {
  try {
    createRequire(import.meta.url).resolve("node-llama-cpp/package.json");
    return true;
  } catch (error) {
    // there, and keeping its package.json to itself
    return (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
})();

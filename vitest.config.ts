import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/temporary-folder.ts"],
    setupFiles: ["test/matchers.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // ONNX Runtime is native and thread-hungry: one process per file, as many files as cores
    pool: "forks",
    maxWorkers: 2,
  },
});

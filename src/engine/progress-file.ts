/** @file Lines of JSON that another process appends to a file, one by one as they come. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseJson } from "../base/index.ts";

/** Milliseconds between two looks: at first, and after a while without news. */
const pollMs = { least: 1, most: 20 } as const;

/** Reads a growing file. */
export class ProgressFile {
  readonly #path: string;
  readonly #lines: unknown[] = [];
  readonly #buffer = Buffer.alloc(1 << 16);
  #at = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The next line.
   * @param check called between looks; what it throws ends the wait
   * @throws DataError `json.syntax`
   */
  async next(check: (waitedMs: number) => void): Promise<unknown> {
    const started = performance.now();
    for (let ms: number = pollMs.least; ; ms = Math.min(pollMs.most, ms * 1.5)) {
      if (this.#lines.length > 0) return this.#lines.shift();
      this.#read();
      if (this.#lines.length > 0) continue;
      check(performance.now() - started);
      await sleep(ms);
    }
  }

  #read(): void {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, "r");
    try {
      for (;;) {
        const bytes = readSync(file, this.#buffer, 0, this.#buffer.length, this.#at);
        if (bytes === 0) return;
        this.#at += bytes;
        const [...lines] = (this.#rest + this.#buffer.toString("utf8", 0, bytes)).split("\n");
        this.#rest = lines.pop()!;
        for (const line of lines) this.#lines.push(parseJson(line, this.#path));
      }
    } finally {
      closeSync(file);
    }
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { digestOf } from "./answer-cache.ts";
import { openEndpoint } from "./endpoint.ts";
import { startFakeServer } from "./fake-server.test-data.ts";

const repository = resolve(import.meta.dirname, "../..");
const entry = pathToFileURL(join(import.meta.dirname, "endpoint.ts")).href;
const asked = Array.from({ length: 60 }, (_, i) => ({ code: `int f${i};`, language: "c" }));

/** A process that scores all of it. */
function startScoring(name: string, answers: string) {
  const program = `
    import { openEndpoint } from ${JSON.stringify(entry)};
    const options = { answers: ${JSON.stringify(answers)}, concurrency: 4 };
    const endpoint = await openEndpoint(${JSON.stringify(name)}, options);
    await endpoint.score(${JSON.stringify(asked)});
  `;
  const words = ["--import", "tsx", "--input-type=module", "--eval", program];
  return spawn(process.execPath, words, { cwd: repository, stdio: "ignore" });
}

test("kill -9 in the middle: what was kept is not asked again, and nothing is missing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "codet5-kill-"));
  const server = await startFakeServer({ delayMs: 20 });
  const name = `openai:m@${server.url}`;
  const child = startScoring(name, folder);
  while (server.answered.length < 20) await new Promise((done) => setTimeout(done, 5));
  child.kill("SIGKILL");
  await once(child, "exit");
  await new Promise((done) => setTimeout(done, 100));
  const path = join(folder, readdirSync(folder)[0]!, "answers.jsonl");
  const keptKeys = readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).key as string);
  const answeredBefore = server.answered.length;
  expect(keptKeys.length).toBeGreaterThanOrEqual(answeredBefore - 4);
  expect(keptKeys.length).toBeLessThan(60);
  appendFileSync(path, '{"key":"half a li');

  const endpoint = await openEndpoint(name, { answers: folder, concurrency: 4 });
  expect(endpoint.numKept).toBe(keptKeys.length);
  const told = await endpoint.score(asked);
  await endpoint.close();
  expect(told.scores).toBeAllclose(Array(60).fill(0.2), { atol: 1e-12 });
  const keyOf = (body: string) => digestOf({ url: server.url, request: JSON.parse(body) });
  const askedLater = server.seen.slice(-told.usage.requests).map(({ body }) => keyOf(body));
  expect(askedLater).toHaveLength(60 - keptKeys.length);
  const kept = new Set(keptKeys);
  expect(askedLater.filter((key) => kept.has(key))).toEqual([]);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { startFakeServer } from "../../endpoint/fake-server.test-data.ts";

const answers = mkdtempSync(join(tmpdir(), "codet5-injections-"));
afterAll(() => rmSync(answers, { recursive: true, force: true }));

test("lab injections: flips and shifts of a server's model; a second run asks for nothing", async () => {
  const server = await startFakeServer();
  const model = `openai:m@${server.url}`;
  const flags = ["--answers", answers, "--languages", "go", "--concurrency", "64"];
  const words = ["lab", "injections", "--model", model, ...flags];
  const { code, stdout } = await runCli([...words, "--json"]);
  expect(code).toBe(0);
  const told = JSON.parse(stdout);
  // the server's model looks for strcpy alone and cannot be talked to
  expect(told).toMatchObject({ accuracy: 1, all: { flipped: 0, shift: 0 }, unparsable: 0 });
  expect(told.byAttack.length).toBeGreaterThanOrEqual(30);
  const count = server.seen.length;
  const again = await runCli(words);
  expect(again.stdout).toMatch(/^attempts +number +flipped +shift\n/);
  expect(server.seen).toHaveLength(count);
  await server.close();
});

test("lab injections: a name of another kind is one line", async () => {
  const { code, stderr } = await runCli(["lab", "injections", "--model", "codet5-mini"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^codet5: no model that can be asked; [^\n]*openai:MODEL@URL[^\n]*\n$/);
});

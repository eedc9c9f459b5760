import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeChecksums } from "../../checkpoint/index.ts";
import { removeCell, writeSimulatedLab } from "../report/simulated-lab.test-data.ts";
import { claimBlocks, claimRows } from "./claims-table.ts";
import { readEvidence } from "./evidence.ts";
import { type JudgedClaim, judgeClaims } from "./judge.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-claims-"));
const folders = [scratch];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const settings = { numResamples: 200, seed: 1 };
const judge = async (...paths: string[]) => judgeClaims(await readEvidence(paths, settings), 1);
const verdictOf = (judged: readonly JudgedClaim[], number: number) => judged[number - 1]!.verdict;
const partsOf = (judged: readonly JudgedClaim[], number: number) =>
  judged[number - 1]!.parts.map(({ verdict }) => verdict);

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

/** Runs of which each arm's figures are a base and a little for each seed. */
function runs(arms: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const rows = Object.entries(arms).flatMap(([arm, figures]) =>
    [1, 2, 3].map((seed) => {
      const report = Object.entries(figures).map(([name, base]) => {
        return [name, base + (arm.length % 3) * 0.001 * seed] as const;
      });
      return JSON.stringify({ arm, seed, report: Object.fromEntries(report) });
    }),
  );
  return `${rows.join("\n")}\n`;
}

const card = (tagging: number, identifiers: number) => `# model

| run | steps |
| --- | --- |
| one | 5 |

| language | functions | tagging F1 | identifier acc. |
| --- | --- | --- | --- |
| go | 100 | ${tagging} | ${identifiers} |
| ruby (never seen) | 100 | ${tagging - 1} | ${identifiers + 0.2} |
| all | 200 | 1 | 1 |
`;

function labFolder(given: Parameters<typeof writeSimulatedLab>[0] = {}): string {
  const path = writeSimulatedLab({ groupsPerLanguage: 20, ...given });
  folders.push(path);
  const rows = ["mini", "naive-bayes"].map((model) =>
    JSON.stringify({ model, family: model === "mini" ? "t5" : "baseline", f1: null }),
  );
  writeFileSync(join(path, "results.jsonl"), `${rows.join("\n")}\n`);
  return path;
}

test("judgeClaims: without evidence nothing is testable, and each part says what to run", async () => {
  const judged = await judge();
  expect(judged.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const { verdict, parts } of judged) {
    expect(verdict).toBe("not testable here");
    for (const { needs } of parts) expect(needs).toMatch(/tsx|codet5|results\.jsonl|folder/);
  }
});

test("judgeClaims: starts from a checkpoint, by task and kind of figure", async () => {
  const results = runs({ scratch: { bleu: 20 }, checkpoint: { bleu: 31 } });
  const config = JSON.stringify({ task: "translate" });
  const path = folder("starts", { "results.jsonl": results, "scratch-1/config.json": config });
  const judged = await judge(path);
  expect(partsOf(judged, 4)).toEqual(["not testable here", "supported", "not testable here"]);
  expect(partsOf(judged, 8)).toEqual(["not testable here", "not testable here", "supported"]);
  expect(verdictOf(judged, 8)).toBe("not testable here");
  expect(verdictOf(await judge(`natural=${path}`), 1)).toBe("not testable here");
  expect(partsOf(await judge(`natural=${path}`), 1)).toEqual(["not testable here", "supported"]);
});

test("judgeClaims: an ablation speaks of identifiers, for and against", async () => {
  const figures = (auc: number, bleu: number) => ({
    ...{ "vulnerability rocAuc": auc, "translate bleu": bleu },
  });
  const path = folder("ablation", {
    "results.jsonl": runs({
      full: figures(0.7, 40),
      "without identifier tagging": figures(0.6, 40),
      "without masked identifiers": figures(0.71, 44),
    }),
  });
  const judged = await judge(path);
  expect(partsOf(judged, 2)[2]).toBe("supported");
  expect(partsOf(judged, 3)).toEqual(["not supported", "not supported"]);
  expect(verdictOf(judged, 3)).toBe("not supported");
});

test("judgeClaims: a card's scores are read by column, checksums are verified", async () => {
  const good = folder("card", { "README.md": card(99, 12) });
  writeChecksums(good);
  const judged = await judge(good);
  expect(verdictOf(judged, 5)).toBe("supported");
  expect(judged[4]!.parts[0]!.findings[0]!.value).toBeCloseTo(0.985, 12);
  expect(partsOf(judged, 10)).toEqual(["not testable here", "supported"]);
  const poor = folder("poor-card", { "README.md": card(99, 2.8) });
  expect(verdictOf(await judge(poor), 5)).toBe("not supported");
});

test("judgeClaims: a lab speaks of understanding, of pairs, and of models that run", async () => {
  const judged = await judge(labFolder({ strengths: { general: 1, security: 2.2 } }));
  expect(partsOf(judged, 7)[0]).toBe("supported");
  expect(verdictOf(judged, 9)).toBe("supported");
  expect(partsOf(judged, 10)[0]).toBe("supported");
  const rows = claimRows(judged).map((cells) => cells.join(" | "));
  expect(rows.join("\n")).toContain("ROC AUC, mini less naive-bayes, seen languages of simulated");
  expect(claimBlocks(judged)).toHaveLength(4);
  expect(rows.join("\n")).not.toMatch(/NaN|undefined/);
});

test("judgeClaims: a lab with a hole is no lab that ran, and a model that errs more often than not is not supported", async () => {
  const path = labFolder({ strengths: { general: 0, security: -1 } });
  removeCell(path, { model: "mini", adaptation: "general", fold: "default", seed: 2 });
  const judged = await judge(path);
  expect(verdictOf(judged, 9)).toBe("not supported");
  expect(partsOf(judged, 10)[0]).toBe("not supported");
});

test("readEvidence: a path that holds no evidence, and lines that are none, are refused", async () => {
  const empty = folder("empty", {});
  await expect(judge(empty)).rejects.toMatchObject({ code: "claims.evidence" });
  await expect(judge("/nowhere")).rejects.toMatchObject({ code: "claims.evidence" });
  const bad = folder("bad", { "results.jsonl": '{"arm":1}\n' });
  await expect(judge(bad)).rejects.toMatchObject({ code: "claims.record" });
  const bare = folder("bare", { "README.md": "# no scores\n" });
  await expect(judge(bare)).rejects.toMatchObject({ code: "claims.card" });
});

import { rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { readLabFolder } from "./lab-folder.ts";
import { orderProblems } from "./lab-section.ts";
import { reportOf } from "./report.ts";
import { removeCell, type Simulation, writeSimulatedLab } from "./simulated-lab.test-data.ts";

const settings = { numResamples: 300, seed: 1 };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function simulatedLab(given?: Simulation): string {
  const path = writeSimulatedLab(given);
  folders.push(path);
  return path;
}

const reportFor = async (path: string) => reportOf(await readLabFolder(path), settings);

test("reportOf: a planted lift is found, beside floor and baseline, and said in a sentence", async () => {
  const { html, markdown, verdicts, analyses } = await reportFor(simulatedLab());
  expect(verdicts).toHaveLength(1);
  expect(verdicts[0]).toContain("mini on simulated, 3 unseen languages: lift. F1 of security over");
  for (const text of [html, markdown]) {
    expect(text).toContain("naive-bayes");
    expect(text).toContain("0.667");
    expect(text).toContain("exact copies");
    expect(text).toContain("in a pair");
    expect(text).toContain("not seen in training");
  }
  expect(markdown).not.toMatch(/NaN|undefined|Infinity/);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
  const unseen = analyses.find(({ panel }) => panel.kind === "unseen")!;
  const lift = unseen.lifts[0]!;
  expect(lift.languages.filter(({ f1 }) => f1.low > 0).length).toBeGreaterThanOrEqual(2);
});

test("reportOf: a planted null is no effect shown", async () => {
  const strengths = { general: 1, security: 1 };
  const { verdicts } = await reportFor(simulatedLab({ strengths }));
  expect(verdicts[0]).toContain("no effect shown, the interval covers 0");
});

test("reportOf: the same folder and seed give the same bytes", async () => {
  const path = simulatedLab({ groupsPerLanguage: 12, seeds: [1, 2] });
  const [first, second] = [await reportFor(path), await reportFor(path)];
  expect(first.html).toBe(second.html);
  expect(first.markdown).toBe(second.markdown);
});

test("reportOf: languages left out in turn are a panel of their own", async () => {
  const folds = ["leave-out:java", "leave-out:python"] as const;
  const { verdicts, analyses } = await reportFor(
    simulatedLab({ folds, groupsPerLanguage: 15, seeds: [1] }),
  );
  expect(verdicts[0]).toContain("2 languages left out in turn");
  expect(analyses.map(({ panel }) => panel.kind)).toEqual(["left-out"]);
});

test("reportOf: what is missing is named, the rest is reported", async () => {
  const path = simulatedLab({ groupsPerLanguage: 12 });
  const fold = "default";
  removeCell(path, { model: "mini", adaptation: "general", fold, seed: 2 });
  for (const seed of [1, 2, 3]) removeCell(path, { model: "mini", adaptation: "both", fold, seed });
  const { html, verdicts } = await reportFor(path);
  expect(html).toContain("4 planned cells are missing");
  expect(html).toContain("mini, general, default, seed 2: not run yet");
  expect(verdicts).toHaveLength(1);
});

test("reportOf: small and one-sided languages are shown, not averaged", async () => {
  const { html, verdicts } = await reportFor(simulatedLab({ groupsPerLanguage: 5 }));
  expect(html).toContain("go (not averaged)");
  expect(html).toContain("No comparison of security with general");
  expect(verdicts).toEqual([]);
});

test("reportOf: code and names are text, whatever they hold", async () => {
  const evil =
    "</code></pre><script>alert(1)</script>\u202e`````\n```\n<img src=x onerror=alert(1)>|";
  const { html, markdown } = await reportFor(
    simulatedLab({
      ...{ code: () => evil, groupsPerLanguage: 12, seeds: [1] },
      model: '<script>alert("m")</script>|',
      languages: ["<b>go</b>\u200b"],
    }),
  );
  expect(html).not.toMatch(/<script|<img|<b>|onerror=alert\(1\)>/);
  expect(html).toContain("&lt;script&gt;");
  expect(html).toContain("\\u{202e}");
  expect(markdown).toContain("``````");
  const outside = markdown.replace(/^(`{3,})[^`\n]*\n[\s\S]*?\n\1$/gm, "");
  expect(outside).not.toMatch(/(?<!\\)<(script|b|img)/);
  expect(outside).not.toMatch(/(?<!\\)\|$^/);
});

test("orderProblems: a threshold frozen late, or changed after opening, is told", () => {
  const cell = { model: "m", adaptation: "security", fold: "default", seed: 1 };
  const frozen = (threshold: number) => ({ event: "frozen", ...cell, threshold });
  const opened = { event: "opened", fold: "default" };
  expect(orderProblems([frozen(0.5), opened])).toEqual([]);
  expect(orderProblems([frozen(0.5), opened, frozen(0.5)])).toEqual([]);
  expect(orderProblems([opened, frozen(0.5)])).toEqual([
    "m, security, default, seed 1: frozen after opening",
  ]);
  expect(orderProblems([frozen(0.5), opened, frozen(0.4)])).toHaveLength(1);
});

test("readLabFolder: a folder without samples, and a line that is no sample, are refused", async () => {
  await expect(readLabFolder("/nowhere")).rejects.toMatchObject({ code: "lab.unfinished" });
});

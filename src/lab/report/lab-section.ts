/** @file What the lab did: budgets, what was dropped, the order of its log, what is missing. */
import type { Cell, LabEvent } from "../records.ts";
import { type Block, heading, paragraph, table } from "./document.ts";
import type { LabFolder } from "./lab-folder.ts";
import { count, fixed } from "./number-text.ts";

const cellText = ({ model, adaptation, fold, seed }: Cell) =>
  `${model}, ${adaptation}, ${fold}, seed ${seed}`;

/** What was planned and is not there; undefined when nothing is missing. */
export function missingBlock({ missing }: LabFolder): Block | undefined {
  if (missing.length === 0) return undefined;
  const shown = missing.slice(0, 12).map(({ cell, reason }) => `${cellText(cell)}: ${reason}`);
  const more = missing.length > shown.length ? `; and ${missing.length - shown.length} more` : "";
  return paragraph(
    `${missing.length} planned cells are missing, and what needs them is left out. ${shown.join("; ")}${more}.`,
    "warning",
  );
}

/** Tokens that each training read: adaptations of one model shall be equal. */
export function budgetTable({ cells }: LabFolder): Block {
  const rows = cells.map(({ model, adaptation, fold, seed, facts }) => [
    ...[model, adaptation, fold, String(seed), count(facts.stepsRun), count(facts.tokensRead)],
    ...[fixed(facts.threshold), fixed(facts.strictThreshold), fixed(facts.temperature)],
  ]);
  const headers = ["model", "adaptation", "fold", "seed", "steps", "tokens read", "threshold"];
  return table(
    "Budget of each training, and what validation chose",
    [...headers, "strict threshold", "temperature"],
    rows,
    { textColumns: 3 },
  );
}

/** What was removed from the data, and why, fold by fold. */
export function droppedTable({ events }: LabFolder): Block {
  const last = new Map<string, LabEvent>();
  for (const event of events) last.set(`${event.event} ${String(event.fold)}`, event);
  const rows = [...last.values()].flatMap((event) => {
    const { dropped, fold } = event;
    if (typeof dropped !== "object" || dropped === null) return [];
    return Object.entries(dropped)
      .filter(([, number]) => typeof number === "number" && number > 0)
      .map(([reason, number]) => [event.event, String(fold), reason, count(number as number)]);
  });
  if (rows.length === 0) return paragraph("Nothing was dropped from the data.");
  return table("Samples dropped", ["when", "fold", "why", "samples"], rows, { textColumns: 3 });
}

/** Whether every threshold stood before its fold's tests were opened, and what the log says in order. */
export function orderBlocks({ events }: LabFolder): Block[] {
  const problems = orderProblems(events);
  const runs: { event: string; count: number; last: number }[] = [];
  for (const [place, { event }] of events.entries()) {
    const current = runs.at(-1);
    if (current?.event === event) {
      current.count++;
      current.last = place + 1;
    } else runs.push({ event, count: 1, last: place + 1 });
  }
  const verdict =
    problems.length === 0
      ? "Every threshold was frozen before the test samples of its fold were opened, and none changed after."
      : `The log is out of order: ${problems.slice(0, 5).join("; ")}.`;
  return [
    heading(3, "Order of the log"),
    paragraph(verdict, problems.length === 0 ? "note" : "warning"),
    table(
      "Events as they were written",
      ["event", "how often in a row", "up to line"],
      runs.map((run) => [run.event, count(run.count), count(run.last)]),
    ),
  ];
}

/** What contradicts "thresholds first, tests after". */
export function orderProblems(events: readonly LabEvent[]): readonly string[] {
  const problems: string[] = [];
  const opened = new Set<string>();
  const frozen = new Map<string, string>();
  for (const event of events) {
    const fold = String(event.fold);
    if (event.event === "opened") opened.add(fold);
    if (event.event !== "frozen") continue;
    const name = cellText(event as unknown as Cell);
    const { threshold, strictThreshold, temperature } = event;
    const values = JSON.stringify([threshold, strictThreshold, temperature]);
    const before = frozen.get(name);
    if (before === undefined && opened.has(fold)) problems.push(`${name}: frozen after opening`);
    if (before !== undefined && before !== values && opened.has(fold)) {
      problems.push(`${name}: changed after opening`);
    }
    frozen.set(name, values);
  }
  return problems;
}

/** What a base model may have read before. */
export function contaminationBlocks({ description, cells }: LabFolder): Block[] {
  const models = description.models.map(({ name, model }) => `${name} (${model})`).join(", ");
  const languages = [...new Set(cells.flatMap(({ facts }) => facts.trainLanguages))].sort();
  return [
    heading(3, "Contamination"),
    paragraph(
      `“Unseen” says that no labelled sample and no fine-tuning text of a language was read here; trainings ` +
        `read ${languages.join(", ") || "nothing"}. What a base model read before is not known to the lab: ` +
        `pre-training on public code may have held the tested languages, the tested projects, even the fixes that ` +
        `labels were taken from. The model's card says what it read: ${models || "not named"}. All adaptations of ` +
        `a model start from the same weights, so a lift between them is less exposed to it than any figure alone.`,
    ),
  ];
}

/** @file How long a data set takes from disk to parts: import, removal of copies, split; and its memory. */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { cpuUsage, resourceUsage } from "node:process";
import { Random } from "../base/index.ts";
import {
  corpusLanguages,
  divideByGroup,
  generateParallelCorpus,
  importSamples,
  type LabelledSample,
  readLabelledRows,
  readLabelledSamples,
  removeCopies,
  writeJsonLines,
} from "../data/index.ts";
import { extractIdentifiers, type Grammar, type Language, loadGrammar } from "../syntax/index.ts";

export interface DataBenchOptions {
  /** Samples to import. */
  readonly samples: number;
  readonly seed: number;
  /** Labelled samples to make variants of; the parallel corpus if absent. */
  readonly from?: string;
  /** An empty folder for what is read and written. */
  readonly folder: string;
}

/** What one stage took. */
export interface StageFigures {
  readonly stage: "import" | "dedup" | "split";
  /** Samples that came out of it. */
  readonly samples: number;
  readonly seconds: number;
  /** Seconds of processor time, of all threads. */
  readonly processorSeconds: number;
  /** Highest resident memory of the process so far, in bytes. */
  readonly peakRssBytes: number;
}

/** Shares of variants that are copies: with other names, with one name changed, as they are. */
const copyShares = { renamed: 0.06, near: 0.06, exact: 0.06 };

const words =
  "account amount batch cache client count cursor digest entry event field flag folder frame handle \
header index input item job key label level limit line list map mark message name node offset order \
output owner packet page part path peer place plan point pool query queue range record region report \
result row rule sample scope score seed session shape size slot source stage state step store stream \
table target task text tick token total trace unit user value vector view window word worker zone".split(
    " ",
  );

/** Write raw samples, then import them, take out the copies and split the rest, timing each. */
export async function benchData(
  options: DataBenchOptions,
  tell: (line: string) => void,
): Promise<{ inputBytes: number; stages: StageFigures[] }> {
  const raw = join(options.folder, "raw.jsonl");
  const imported = join(options.folder, "imported.jsonl");
  const clean = join(options.folder, "clean.jsonl");
  tell(`bench data: writing ${options.samples} samples`);
  await writeVariants(raw, options);
  const stages: StageFigures[] = [];
  const measure = async (stage: StageFigures["stage"], work: () => Promise<number>) => {
    tell(`bench data: ${stage}`);
    const [started, before] = [performance.now(), cpuUsage()];
    const samples = await work();
    const { user, system } = cpuUsage(before);
    stages.push({
      stage,
      samples,
      seconds: (performance.now() - started) / 1000,
      processorSeconds: (user + system) / 1e6,
      peakRssBytes: resourceUsage().maxRSS * 1024,
    });
  };
  await measure(
    "import",
    async () => (await importSamples({ source: "table", folder: raw, out: imported })).samples,
  );
  await measure("dedup", async () => {
    const { kept } = await removeCopies(await readLabelledRows(imported), { level: "near" });
    writeJsonLines(clean, kept);
    return kept.length;
  });
  await measure("split", async () => {
    const shares = { validation: 0.1, test: 0.1, seed: options.seed, level: "near" as const };
    const { parts } = await divideByGroup(await readLabelledRows(clean), shares);
    for (const [name, part] of Object.entries(parts)) {
      writeJsonLines(join(options.folder, `${name}.jsonl`), part);
    }
    return Object.values(parts).reduce((sum, part) => sum + part.length, 0);
  });
  return { inputBytes: statSync(raw).size, stages };
}

/** Variants of samples, round after round: most are new programs, some copies, all with comments. */
async function writeVariants(path: string, options: DataBenchOptions): Promise<void> {
  const { samples, seed, from } = options;
  const originals =
    from === undefined
      ? generateParallelCorpus({ seed, count: Math.ceil(samples / (6 * corpusLanguages.length)) })
      : await readLabelledSamples(from);
  const grammars = new Map<string, Grammar>();
  for (const name of corpusLanguages) grammars.set(name, await loadGrammar(name as Language));
  const file = openSync(path, "wx");
  try {
    let lines: string[] = [];
    for (let index = 0; index < samples; index++) {
      const round = Math.floor(index / originals.length);
      const original = originals[index % originals.length]!;
      lines.push(`${JSON.stringify(variant(original, grammars, round, seed))}\n`);
      if (lines.length < 1000 && index + 1 < samples) continue;
      writeSync(file, lines.join(""));
      lines = [];
    }
  } finally {
    closeSync(file);
  }
}

function variant(
  sample: LabelledSample,
  grammars: ReadonlyMap<string, Grammar>,
  round: number,
  seed: number,
): object {
  const { language, label, cwe, group } = sample;
  const pair = sample.pair === null ? null : `${sample.pair}-${round}`;
  const random = new Random(seed, "variant", round, pair ?? sample.id);
  const grammar = grammars.get(language);
  const draw = random.uniform();
  const { renamed, near, exact } = copyShares;
  const share =
    draw < exact ? 0 : draw < exact + near ? 0.02 : draw < exact + near + renamed ? 0.5 : 0.9;
  const code =
    round === 0 || grammar === undefined
      ? sample.code
      : rename(sample.code, grammar, share, random);
  const sign = language === "python" || language === "ruby" ? "#" : "//";
  const comment = `${sign} ${label === 1 ? "BAD" : "GOOD"}: variant ${round}\n`;
  return { language, label, cwe, pair, group: `${group}-${round}`, code: comment + code };
}

/** Give a share of the names other ones, each the same throughout. */
function rename(code: string, grammar: Grammar, share: number, random: Random): string {
  const { identifiers } = extractIdentifiers(grammar, code);
  const names = new Map<string, string>();
  const pieces: string[] = [];
  let position = 0;
  for (let i = 0; i < identifiers.length; i += 2) {
    const name = code.slice(identifiers[i], identifiers[i + 1]);
    if (!names.has(name)) {
      const other = `${random.pick(words)}_${random.pick(words)}`;
      names.set(name, random.uniform() < share ? other : name);
    }
    pieces.push(code.slice(position, identifiers[i]), names.get(name)!);
    position = identifiers[i + 1]!;
  }
  return pieces.join("") + code.slice(position);
}

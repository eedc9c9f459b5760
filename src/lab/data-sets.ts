/** @file The data sets of an experiment: read or made, ids distinct, digests told. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../base/index.ts";
import {
  digestOfFile,
  digestOfText,
  generateParallelCorpus,
  type LabelledSample,
  readLabelledSamples,
  type SplitName,
} from "../data/index.ts";
import type { Experiment, ExperimentData } from "./experiment.ts";

/** A sample, and what the experiment says of the data set that it is from. */
export interface LabRow extends LabelledSample {
  /** Name of its data set. */
  readonly data: string;
  /** May be trained on. */
  readonly isForTraining: boolean;
  /** The part that its data set puts it in, where that says so. */
  readonly given?: SplitName;
}

/** What was read. */
export interface ReadData {
  readonly rows: readonly LabRow[];
  /** Of each data set: what its content depends on. */
  readonly digests: Readonly<Record<string, string>>;
}

const splitNames: readonly SplitName[] = ["train", "validation", "test"];

/**
 * Read every data set, in the experiment's order.
 * @throws DataError the readers', `file.missing`
 */
export async function readDataSets({ data }: Pick<Experiment, "data">): Promise<ReadData> {
  const rows: LabRow[] = [];
  const digests: [string, string][] = [];
  const known = new Set<string>();
  for (const each of data) {
    const { samples, digest } = await readOne(each);
    digests.push([each.name, digest]);
    for (const { sample, given } of samples) {
      // data sets know nothing of one another's ids
      const id = known.has(sample.id) ? `${each.name}/${sample.id}` : sample.id;
      known.add(id);
      rows.push({ ...ownFields(sample), id, ...ofSet(each), ...(given ? { given } : {}) });
    }
  }
  return { rows, digests: Object.fromEntries(digests) };
}

/** Without what else a generator says of its samples. */
function ownFields(sample: LabelledSample): LabelledSample {
  const { id, language, code, label, cwe, pair, group, source } = sample;
  return { id, language, code, label, cwe, pair, group, source };
}

function ofSet({ name, role }: ExperimentData) {
  return { data: name, isForTraining: role === "train-and-test" };
}

function corpusOptions(asked: NonNullable<ExperimentData["parallel"]>) {
  const { programs, seed, start, cwes, families, flows } = asked;
  const chosen = { ...(cwes && { cwes }), ...(families && { families }), ...(flows && { flows }) };
  return { count: programs, seed, start, ...chosen };
}

interface ReadSet {
  readonly samples: readonly { readonly sample: LabelledSample; readonly given?: SplitName }[];
  readonly digest: string;
}

async function readOne({ path, parallel, name }: ExperimentData): Promise<ReadSet> {
  if (parallel !== undefined) {
    const made = generateParallelCorpus(corpusOptions(parallel));
    const text = made.map(({ id, code, label }) => JSON.stringify([id, code, label])).join("\n");
    return { samples: made.map((sample) => ({ sample })), digest: digestOfText(text) };
  }
  const isFolder = existsSync(path!) && statSync(path!).isDirectory();
  if (isFolder) return readParts(path!, name);
  const samples = await readLabelledSamples(path!);
  return { samples: samples.map((sample) => ({ sample })), digest: await digestOfFile(path!) };
}

/** A folder as `data split` writes it. */
async function readParts(folder: string, name: string): Promise<ReadSet> {
  const samples: { sample: LabelledSample; given: SplitName }[] = [];
  const digests: string[] = [];
  const known = new Map<string, SplitName>();
  for (const given of splitNames) {
    const path = join(folder, `${given}.jsonl`);
    digests.push(await digestOfFile(path));
    for (const sample of await readLabelledSamples(path)) {
      requireFresh(known, sample.id, given, `${name}: ${path}`);
      samples.push({ sample, given });
    }
  }
  return { samples, digest: digestOfText(digests.join("\n")) };
}

function requireFresh(known: Map<string, SplitName>, id: string, part: SplitName, where: string) {
  const first = known.get(id);
  known.set(id, part);
  if (first === undefined) return;
  throw new DataError("lab.leak", "a sample is in two parts", {
    expected: "ids that occur once",
    got: `${id} in ${first} and in ${part}`,
    where,
  });
}

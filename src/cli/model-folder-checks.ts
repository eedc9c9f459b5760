/** @file Is a model folder whole? Files, config, tokenizer, weights, and the memory it will take. */
import { existsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { DataError, nearest, readJsonFile } from "../base/index.ts";
import {
  type Checkpoint,
  currentFolder,
  hasChecksums,
  readCheckpoint,
  readFloat32,
  type StoredTensor,
  verifyChecksums,
} from "../checkpoint/index.ts";
import {
  countParameters,
  familyOf,
  type Head,
  modelTypeNamed,
  withOwnNames,
} from "../model/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import { type Check, type Finding, formatBytes } from "./checks.ts";

/** A folder, and what earlier checks have read of it for later ones. */
export interface ModelFolder {
  readonly path: string;
  model?: ReturnType<typeof readModelConfig>;
  checkpoint?: Checkpoint;
}

type Outcome = string | Omit<Finding, "check">;

export const modelFolderChecks: readonly Check<ModelFolder>[] = [
  { name: "files", run: checkFiles },
  { name: "config", run: checkConfig },
  { name: "tokenizer", run: checkTokenizer },
  { name: "weights", run: checkWeights },
  { name: "memory", run: checkMemory },
];

function checkFiles(subject: ModelFolder): Outcome {
  const folder = currentFolder(subject.path);
  const entry = statSync(folder, { throwIfNoEntry: false });
  if (!entry?.isDirectory()) {
    const message = entry === undefined ? "no such folder" : "not a folder";
    throw new DataError("doctor.folder", message, { where: folder });
  }
  subject.checkpoint = readCheckpoint(folder);
  const { files } = subject.checkpoint;
  const optional = ["generation_config.json", "tokenizer.json", "vocab.json", "merges.txt"];
  const present = ["config.json", ...optional].filter((name) => existsSync(join(folder, name)));
  const bytes = files.reduce((total, name) => total + statSync(join(folder, name)).size, 0);
  const intact = hasChecksums(folder) ? `; ${verifyChecksums(folder).length} checksums agree` : "";
  return `${[...files, ...present].join(", ")}; ${formatBytes(bytes)} of weights${intact}`;
}

function checkConfig(subject: ModelFolder): Outcome {
  subject.model = readModelConfig(subject);
  const { config, head, architecture, modelType } = subject.model;
  const { numLayers, dModel, numHeads, headDim, dFf } = familyOf(modelType).summary(config);
  const sizes = `d_model ${dModel}, ${numHeads} heads of ${headDim}, d_ff ${dFf}`;
  const count = countParameters(architecture.parameters).toLocaleString("en-US");
  const layers = `${numLayers.join("+")} layers`;
  return `${modelType} for ${head}, ${layers}, ${sizes}, vocabulary ${config.vocabSize}: ${count} parameters`;
}

function readModelConfig({ path, checkpoint }: ModelFolder) {
  const where = join(currentFolder(path), "config.json");
  const json = readJsonFile(where) as Record<string, unknown> | null;
  const modelType = modelTypeNamed(json?.model_type ?? "t5", where);
  const family = familyOf(modelType);
  const config = family.parseConfig(json, where);
  const head: Head = family.detectHead(new Set(checkpoint?.tensors.keys()));
  const architecture = family.architecture(config, head);
  return { modelType, config, head, architecture, redundant: family.redundant(config, head) };
}

const samples = [
  "public int add(int a, int b) {\n\treturn a + b;  // sum\n}\n",
  'def greet(name):\n    return f"héllo {name} 你好 🎉"\n',
];

async function checkTokenizer({ path, model }: ModelFolder): Promise<Outcome> {
  const folder = currentFolder(path);
  if (!["tokenizer.json", "vocab.json"].some((name) => existsSync(join(folder, name)))) {
    return { status: "warning", detail: "none in this folder; text needs one" };
  }
  const tokenizer = await loadTokenizer(folder);
  for (const sample of samples) {
    const { ids } = tokenizer.encode(sample, { addSpecialTokens: false });
    const got = tokenizer.decode(ids);
    if (got !== sample) {
      const expected = JSON.stringify(sample);
      const details = { expected, got: JSON.stringify(got), where: folder };
      throw new DataError("doctor.roundTrip", "text does not survive encode and decode", details);
    }
  }
  const detail = `${tokenizer.vocabSize} tokens, text survives the round trip`;
  const complaints = model === undefined ? [] : disagreements(tokenizer, model.config);
  if (complaints.length === 0) return detail;
  return { status: "failed", detail: `${detail}; ${complaints.join("; ")}` };
}

type SpecialIds = Readonly<Record<"padId" | "eosId" | "vocabSize", number | undefined>>;
type ModelConfig = ReturnType<typeof readModelConfig>["config"];

function disagreements(tokenizer: SpecialIds, config: ModelConfig): string[] {
  const complaints: string[] = [];
  if ((tokenizer.vocabSize ?? 0) > config.vocabSize) {
    complaints.push(`the model knows ${config.vocabSize} ids only`);
  }
  const hasPadding = tokenizer.padId !== undefined && config.hasPadToken !== false;
  if (hasPadding && tokenizer.padId !== config.padTokenId) {
    complaints.push(`pad is ${tokenizer.padId} here, ${config.padTokenId} in config.json`);
  }
  const eosIds = [config.eosTokenId].flat();
  if (tokenizer.eosId !== undefined && !eosIds.includes(tokenizer.eosId)) {
    complaints.push(`eos is ${tokenizer.eosId} here, ${eosIds.join(" or ")} in config.json`);
  }
  return complaints;
}

function checkWeights({ checkpoint, model }: ModelFolder): Outcome {
  if (checkpoint === undefined || model === undefined) {
    return { status: "skipped", detail: "needs weights and a config that can be read" };
  }
  const { parameters } = model.architecture;
  const family = familyOf(model.modelType);
  const tensors = withOwnNames(family, model.config, parameters, checkpoint.tensors);
  const names = [...tensors.keys()];
  const problems = parameters.flatMap(({ name, shape }) => {
    const stored = tensors.get(name);
    if (stored === undefined) return `${name} is missing${nearestText(name, names)}`;
    if (stored.shape.join() === shape.join()) return badValues(stored);
    return `${name} is [${stored.shape.join(", ")}] instead of [${shape.join(", ")}]`;
  });
  const known = new Set([...parameters.map(({ name }) => name), ...model.redundant]);
  const unexpected = names.filter((name) => !known.has(name));
  problems.push(...unexpected.map((name) => `${name} has no place in the model`));
  if (problems.length > 0) return { status: "failed", detail: firstOf(problems) };
  const dtypes = [...new Set([...tensors.values()].map(({ dtype }) => dtype))];
  return `all ${parameters.length} tensors with their shapes, ${dtypes.join(" and ")}, all finite`;
}

function nearestText(name: string, names: readonly string[]): string {
  const close = nearest(name, names);
  return close === undefined ? "" : ` (the nearest is ${close})`;
}

function badValues(stored: StoredTensor): string[] {
  const values = readFloat32(stored);
  const index = values.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? [] : [`${stored.name} holds ${values[index]} at ${index}`];
}

function firstOf(problems: readonly string[]): string {
  const shown = problems.slice(0, 3).join("; ");
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}

/** Weights, gradients and AdamW's two moments, float32. */
const trainingBytesPerParameter = 16;
/** Weights, and their packed copy inside ONNX Runtime. */
const inferenceBytesPerParameter = 8;

function checkMemory({ model }: ModelFolder): Outcome {
  if (model === undefined) return { status: "skipped", detail: "needs a config that can be read" };
  const count = countParameters(model.architecture.parameters);
  const [running, training] = [inferenceBytesPerParameter, trainingBytesPerParameter].map(
    (bytes) => count * bytes,
  ) as [number, number];
  const detail = `${formatBytes(running)} to run, ${formatBytes(training)} and activations to train`;
  if (running > totalmem()) return { status: "failed", detail: `${detail}; too much for here` };
  if (training < totalmem()) return detail;
  return { status: "warning", detail: `${detail}; too much to train here` };
}

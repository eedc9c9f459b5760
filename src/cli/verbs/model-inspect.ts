/** @file `codet5 model inspect`: what a model folder holds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { formatError, sizeOf } from "../../base/index.ts";
import { currentFolder, hasChecksums, verifyChecksums } from "../../checkpoint/index.ts";
import {
  describeModel,
  familyOf,
  type ModelDescription,
  type ModelSummary,
} from "../../model/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";
import { formatBytes } from "../checks.ts";
import { formatTable, printable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().meta({
      description: "model folder in Hugging Face's layout, or owner/name on the hub",
      isModel: true,
    }),
  }),
  examples: [
    {
      command: "codet5 model inspect my-model",
      text: "architecture, head, parameters by layer, tokenizer, checksums",
    },
  ],
  async run({ options: { folder } }) {
    const description = describeModel(folder);
    const { spec, checkpoint } = description;
    const parts = partsOf(description);
    const total = (key: "numTensors" | "parameters" | "bytes") =>
      parts.reduce((sum, part) => sum + part[key], 0);
    const json = {
      modelType: spec.modelType,
      head: spec.head,
      config: spec.config,
      summary: familyOf(spec.modelType).summary(spec.config),
      tiedEmbeddings: spec.config.tieWordEmbeddings,
      parameters: { count: total("parameters"), bytes: total("bytes"), parts },
      files: checkpoint.files,
      dtypes: [...new Set([...checkpoint.tensors.values()].map(({ dtype }) => dtype))],
      tokenizer: await inspectTokenizer(currentFolder(folder)),
      checksums: inspectChecksums(currentFolder(folder)),
    };
    const exitCode = json.checksums.state === "damaged" ? 1 : 0;
    return { json, text: textOf(json), exitCode };
  },
});

/** Parameters of one layer, or of what lies outside layers; bytes as stored. */
interface Part {
  readonly part: string;
  readonly numTensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

function partsOf({ parameters, checkpoint }: ModelDescription): Part[] {
  const parts = new Map<string, Part>();
  for (const { name, shape } of parameters) {
    const part = partOf(name);
    const before = parts.get(part) ?? { part, numTensors: 0, parameters: 0, bytes: 0 };
    parts.set(part, {
      part,
      numTensors: before.numTensors + 1,
      parameters: before.parameters + sizeOf(shape),
      bytes: before.bytes + checkpoint.tensors.get(name)!.byteLength,
    });
  }
  return [...parts.values()];
}

/** `encoder.block.3` of what lies in a block, else the module. */
function partOf(name: string): string {
  return (
    name.match(/^.*?\.(?:block|layers?|h)\.\d+(?=\.)/)?.[0] ?? name.replace(/\.(weight|bias)$/, "")
  );
}

async function inspectTokenizer(folder: string) {
  const files = ["tokenizer.json", "vocab.json"].filter((name) => existsSync(join(folder, name)));
  if (files.length === 0) return null;
  const { vocabSize, sentinelIds, definition } = await loadTokenizer(folder);
  return {
    file: files[0]!,
    vocabSize,
    numMerges: definition.merges.length,
    numSentinels: sentinelIds.length,
    specialTokens: definition.specialTokens,
  };
}

function inspectChecksums(folder: string) {
  if (!hasChecksums(folder)) return { state: "none" };
  try {
    return { state: "intact", files: verifyChecksums(folder) };
  } catch (error) {
    return { state: "damaged", detail: formatError(error) };
  }
}

interface Inspection {
  readonly modelType: string;
  readonly head: string;
  readonly config: ModelDescription["spec"]["config"];
  readonly summary: ModelSummary;
  readonly tiedEmbeddings: boolean;
  readonly parameters: { count: number; bytes: number; parts: readonly Part[] };
  readonly files: readonly string[];
  readonly dtypes: readonly string[];
  readonly tokenizer: Awaited<ReturnType<typeof inspectTokenizer>>;
  readonly checksums: ReturnType<typeof inspectChecksums>;
}

function textOf({ summary, parameters, tokenizer, checksums, ...rest }: Inspection): string {
  const forward = `${summary.isGated ? "gated " : ""}${summary.activation}, d_ff ${summary.dFf}`;
  const { numHeads, numKeyValueHeads, headDim } = summary;
  const sharing = numHeads === numKeyValueHeads ? "" : `, ${numKeyValueHeads} of keys and values`;
  const checksumFiles = checksums.files === undefined ? "" : `, ${checksums.files.length} files`;
  const lines = [
    `architecture ${rest.modelType}, ${summary.numLayers.join(" + ")} layers`,
    `head         ${rest.head}`,
    `width        d_model ${summary.dModel}, ${numHeads} heads of ${headDim}${sharing}`,
    `feed-forward ${forward}`,
    `vocabulary   ${rest.config.vocabSize}`,
    `embeddings   ${rest.tiedEmbeddings ? "tied" : "untied"}`,
    `parameters   ${parameters.count.toLocaleString("en-US")}, ${formatBytes(parameters.bytes)}`,
    `weights      ${rest.files.join(", ")} (${rest.dtypes.join(", ")})`,
    `tokenizer    ${tokenizerText(tokenizer)}`,
    `checksums    ${checksums.state}${checksumFiles}${checksums.detail ? `: ${checksums.detail}` : ""}`,
  ];
  const rows = parameters.parts.map(({ part, numTensors, parameters: count, bytes }) => {
    return [part, numTensors, count, bytes];
  });
  const table = formatTable(["part", "tensors", "parameters", "bytes"], rows);
  return `${lines.map(printable).join("\n")}\n\n${table}`;
}

function tokenizerText(tokenizer: Inspection["tokenizer"]): string {
  if (tokenizer === null) return "none in this folder";
  const { vocabSize, numMerges, numSentinels } = tokenizer;
  return `${vocabSize} tokens, ${numMerges} merges, ${numSentinels} sentinels`;
}

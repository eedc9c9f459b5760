/**
 * @file The authors' heads for understanding tasks: `DefectModel` (one snippet) and `CloneModel` (two).
 * salesforce/CodeT5@7de7f69 `CodeT5/models.py`; the source is fed to encoder and decoder, and a
 * snippet's vector is the decoder state that predicts its last `</s>`.
 */
import { DataError } from "../base/index.ts";
import { input, reshape, tanh, type Value } from "../graph/index.ts";
import { type Dropout, linear, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds } from "./architecture.ts";
import { classified } from "./classification.ts";
import { classLabels, padIds, shiftRight } from "./collate.ts";
import type { ParameterSpec } from "./parameters.ts";
import { decode, encode, type T5, t5Parameters } from "./t5.ts";
import { firstEosTokenId, type T5Config } from "./t5-config.ts";

/** What differs between the two heads. */
interface Head {
  /** Snippets per example: their vectors are concatenated. */
  readonly snippets: 1 | 2;
  readonly parameters: (dModel: number) => ParameterSpec[];
  /** @param vectors [B, snippets*D] @returns [B, C] logits */
  readonly classify: (vectors: Value, weight: (name: string) => Value) => Value;
}

/** `torch.nn.Linear`'s own initialisation: uniform within 1/√in, weight and bias alike. */
function linearParameters(name: string, outputs: number, inputs: number): ParameterSpec[] {
  const initializer = { kind: "uniform", bound: inputs ** -0.5 } as const;
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], initializer },
    { name: `${name}.bias`, shape: [outputs], initializer },
  ];
}

const heads = {
  defect: {
    snippets: 1,
    parameters: (dModel) => linearParameters("classifier", 2, dModel),
    classify: (x, weight) => linear(x, weight("classifier.weight"), weight("classifier.bias")),
  },
  clone: {
    snippets: 2,
    parameters: (dModel) => [
      ...linearParameters("classifier.dense", dModel, 2 * dModel),
      ...linearParameters("classifier.out_proj", 2, dModel),
    ],
    classify: (x, weight) => {
      const dense = linear(x, weight("classifier.dense.weight"), weight("classifier.dense.bias"));
      return linear(
        tanh(dense),
        weight("classifier.out_proj.weight"),
        weight("classifier.out_proj.bias"),
      );
    },
  },
} as const satisfies Record<string, Head>;

export type ClassificationHead = keyof typeof heads;

/** In these checkpoints the whole T5 sits under this prefix. */
export const t5Prefix = "encoder.";

export function t5Classification(config: T5Config, name: ClassificationHead): Architecture {
  const head: Head = heads[name];
  const body = t5Parameters(config).map((spec) => ({ ...spec, name: t5Prefix + spec.name }));
  return {
    parameters: [...body, ...head.parameters(config.dModel)],
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => buildClassification(config, head, weight, dropout),
    collate: (batch) => collateClassification(config, head, batch),
  };
}

function buildClassification(
  config: T5Config,
  { snippets, classify }: Head,
  weight: (name: string) => Value,
  dropout: Dropout,
): BuiltModel {
  const t5: T5 = { config, weight: (name) => weight(t5Prefix + name), dropout };
  const rows = snippets === 1 ? "B" : `${snippets}*B`;
  const inputIds = input("input_ids", "int32", [rows, "S"]);
  const attentionMask = input("attention_mask", "int32", [rows, "S"]);
  const decoderInputIds = input("decoder_input_ids", "int32", [rows, "S"]);
  const eosPositions = input("eos_positions", "int32", [rows]);
  const labels = input("labels", "int32", ["B"]);
  const encoderHidden = encode(t5, inputIds, attentionMask);
  const hidden = decode(t5, decoderInputIds, encoderHidden, attentionMask, attentionMask);
  const vectors = reshape(statesAt(hidden, eosPositions), ["B", snippets * config.dModel]);
  const logits = classify(vectors, weight);
  const inputs = [inputIds, attentionMask, decoderInputIds, eosPositions];
  return classified(inputs, labels, logits);
}

function collateClassification(config: T5Config, { snippets }: Head, batch: Batch): Feeds {
  const { padTokenId, vocabSize, decoderStartTokenId } = config;
  const rows = batch.inputIds.flatMap((ids) => splitSnippets(ids, snippets));
  const source = padIds(rows, padTokenId, vocabSize, "inputIds");
  const padded = rows.map((row) => padTo(row, source.length, padTokenId));
  const shifted = shiftRight(padded, decoderStartTokenId, padTokenId);
  const decoder = padIds(shifted, padTokenId, vocabSize, "decoderInputIds");
  const positions = padded.map((row, r) => lastEos(config, row, r) + r * source.length);
  const arrays = {
    input_ids: source.ids,
    // the authors' mask is "not padding", whatever the caller's rows say
    attention_mask: { ...source.ids, data: source.ids.data.map((id) => Number(id !== padTokenId)) },
    decoder_input_ids: decoder.ids,
    eos_positions: { data: Int32Array.from(positions), shape: [positions.length] },
  };
  if (batch.labels === undefined) return { arrays, count: 0 };
  const labels = classLabels(batch.labels, batch.inputIds.length);
  return { arrays: { ...arrays, labels }, count: batch.inputIds.length };
}

function splitSnippets(ids: readonly number[], snippets: 1 | 2): (readonly number[])[] {
  if (snippets === 1) return [ids];
  if (ids.length % 2 !== 0) {
    throw new DataError("ids.odd", "the clone head needs two snippets of equal padded length", {
      expected: "an even number of ids",
      got: String(ids.length),
    });
  }
  return [ids.slice(0, ids.length / 2), ids.slice(ids.length / 2)];
}

function padTo(row: readonly number[], length: number, padTokenId: number): number[] {
  return [...row, ...new Array<number>(length - row.length).fill(padTokenId)];
}

function lastEos(config: T5Config, row: readonly number[], index: number): number {
  const eos = firstEosTokenId(config);
  const at = row.lastIndexOf(eos);
  if (at >= 0) return at;
  throw new DataError(
    "ids.eos",
    "the head reads the state before the last </s>, and there is none",
    {
      expected: `id ${eos} in every row`,
      got: `row ${index} without it`,
      help: "truncation must keep the final </s>",
    },
  );
}

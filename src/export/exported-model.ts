/** @file Running what was exported, as transformers.js does: greedy, one token at a time, with the cache. */
import type { NdArray } from "../base/index.ts";
import type { T5Config } from "../model/index.ts";
import { type ModelFile, openModelFile } from "../runtime/index.ts";

/** The two files of an export, open. */
export interface ExportedModel {
  /**
   * Greedy continuation of each row; padding ids are masked.
   * @param request.maxLength tokens of an output, its first included
   * @returns rows that begin with the decoder's start token, padded to one length
   */
  generate(request: {
    readonly inputIds: readonly (readonly number[])[];
    readonly maxLength?: number;
  }): Promise<{ readonly sequences: number[][] }>;
  release(): Promise<void>;
}

/** Open both files. @throws RuntimeFailure `runtime.onnx` */
export async function openExport(
  files: { readonly encoder: string; readonly decoder: string },
  config: T5Config,
): Promise<ExportedModel> {
  const encoder = await openModelFile(files.encoder);
  const decoder = await openModelFile(files.decoder);
  return {
    generate: async ({ inputIds, maxLength = 256 }) => {
      const source = await encode(encoder, inputIds, config);
      return { sequences: await continueGreedily(decoder, source, config, maxLength) };
    },
    release: async () => {
      await encoder.release();
      await decoder.release();
    },
  };
}

type Feeds = Readonly<Record<string, NdArray>>;

function int64s(rows: readonly (readonly number[])[]): NdArray {
  const shape = [rows.length, rows[0]?.length ?? 0];
  return { shape, data: BigInt64Array.from(rows.flat(), BigInt) };
}

/** The feeds that stay the same for all steps. */
async function encode(
  encoder: ModelFile,
  inputIds: readonly (readonly number[])[],
  { padTokenId }: T5Config,
): Promise<Feeds> {
  const length = Math.max(...inputIds.map((row) => row.length));
  const rows = inputIds.map((row) => [...row, ...Array(length - row.length).fill(padTokenId)]);
  const mask = int64s(rows.map((row) => row.map((id) => Number(id !== padTokenId))));
  const outputs = await encoder.run({ input_ids: int64s(rows), attention_mask: mask });
  return { encoder_attention_mask: mask, encoder_hidden_states: outputs.last_hidden_state! };
}

async function continueGreedily(
  decoder: ModelFile,
  source: Feeds,
  config: T5Config,
  maxLength: number,
): Promise<number[][]> {
  const ends = new Set([config.eosTokenId].flat());
  const numRows = source.encoder_attention_mask!.shape[0]!;
  const sequences = Array.from({ length: numRows }, () => [config.decoderStartTokenId]);
  const isDone = sequences.map(() => false);
  let past = emptyPast(config, numRows);
  for (let step = 1; step < maxLength && isDone.includes(false); step++) {
    const useCache = { shape: [1], data: Uint8Array.of(Number(step > 1)) };
    const ids = int64s(sequences.map((row) => [row.at(-1)!]));
    const outputs = await decoder.run({
      ...source,
      ...past,
      input_ids: ids,
      use_cache_branch: useCache,
    });
    past = nextPast(outputs, past, step === 1);
    likeliest(outputs.logits!).forEach((id, row) => {
      sequences[row]!.push(isDone[row] ? config.padTokenId : id);
      if (ends.has(id)) isDone[row] = true;
    });
  }
  return sequences;
}

function emptyPast({ numDecoderLayers, numHeads, dKv }: T5Config, numRows: number): Feeds {
  const empty = { shape: [numRows, numHeads, 0, dKv], data: new Float32Array(0) };
  const names = Array.from({ length: numDecoderLayers }, (_, block) => {
    return ["decoder.key", "decoder.value", "encoder.key", "encoder.value"].map(
      (role) => [`past_key_values.${block}.${role}`, empty] as const,
    );
  });
  return Object.fromEntries(names.flat());
}

/** The encoder's keys and values come once, with the first step. */
function nextPast(outputs: Feeds, past: Feeds, isFirst: boolean): Feeds {
  const next = Object.entries(outputs).flatMap(([name, value]) => {
    if (!name.startsWith("present.")) return [];
    const known = name.replace("present", "past_key_values");
    const stays = !isFirst && name.includes(".encoder.");
    return [[known, stays ? past[known]! : value] as const];
  });
  return Object.fromEntries(next);
}

/** @param logits [B, 1, V] @returns [B] */
function likeliest({ shape, data }: NdArray): number[] {
  const [rows, , width] = shape as [number, number, number];
  const values = data as Float32Array;
  return Array.from({ length: rows }, (_, row) => {
    let best = row * width;
    for (let i = best + 1; i < (row + 1) * width; i++) if (values[i]! > values[best]!) best = i;
    return best - row * width;
  });
}

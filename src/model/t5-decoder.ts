/** @file The running side of `t5-decoding.ts`. */
import type { NdArray } from "../base/index.ts";
import { CachedDecoder, type DecodingSessions } from "./cached-decoder.ts";
import type { Decoder } from "./generation/index.ts";
import type { T5Config } from "./t5-config.ts";

/** Encodes a batch and starts decoding it. @param rowsPerExample G, the beams of an example */
export async function startT5Decoder(
  sessions: DecodingSessions,
  { numDecoderLayers, numHeads, dKv, vocabSize }: T5Config,
  source: Readonly<Record<string, NdArray>>,
  rowsPerExample: number,
): Promise<Decoder> {
  const encoded = await sessions.encoder.run({ ...sessions.weights, ...source });
  const attentionMask = source.attention_mask!;
  return new CachedDecoder({
    sessions,
    shape: { numLayers: numDecoderLayers, numHeads, headDim: dKv, vocabSize },
    batch: attentionMask.shape[0]!,
    rowsPerExample,
    memory: { ...encoded, attention_mask: attentionMask },
  });
}

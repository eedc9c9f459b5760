/** @file Text in, text out: encode, generate in batches, decode. */
import { batchesByLength } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { encodeSources } from "./encode.ts";
import { readerOf } from "./read-off.ts";
import type { ScoreOptions, TaskExample } from "./task.ts";

/**
 * Generate one text per example, in the order given.
 * @param options.numBeams 1 is greedy
 */
export async function generateTexts(
  model: Model,
  tokenizer: Tokenizer,
  examples: readonly Pick<TaskExample, "source">[],
  options: ScoreOptions,
): Promise<string[]> {
  const { maxTargetLength, numBeams, batchSize, onProgress } = options;
  const reader = readerOf(model);
  const sources = examples.map(({ source }, i) => ({ id: String(i), source, target: "" }));
  const encoded = encodeSources(sources, tokenizer, { ...options, ...reader });
  const texts: string[] = new Array(sources.length).fill("");
  let done = 0;
  const lengths = encoded.map((ids) => ids.length);
  for (const batch of batchesByLength(lengths, batchSize)) {
    const inputIds = batch.map((i) => encoded[i]!);
    const limit = reader.isDecoderOnly
      ? { maxNewTokens: maxTargetLength }
      : { maxLength: maxTargetLength };
    const { sequences } = await model.generate({ inputIds, numBeams, ...limit });
    // a decoder alone repeats its questions, all padded to the longest
    const numRead = reader.isDecoderOnly ? Math.max(...inputIds.map(({ length }) => length)) : 0;
    batch.forEach((i, row) => {
      const written = sequences[row]!.slice(numRead);
      texts[i] = tokenizer.decode(written, { skipSpecialTokens: true }).trim();
    });
    done += batch.length;
    onProgress?.(done);
  }
  return texts;
}

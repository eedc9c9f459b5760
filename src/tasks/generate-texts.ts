/** @file Text in, text out: encode, generate in batches, decode. */
import { batchesByLength } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { encodeSources } from "./encode.ts";
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
  const { padTokenId } = model.config;
  const sources = examples.map(({ source }, i) => ({ id: String(i), source, target: "" }));
  const encoded = encodeSources(sources, tokenizer, { ...options, padTokenId });
  const texts: string[] = new Array(sources.length).fill("");
  let done = 0;
  const lengths = encoded.map((ids) => ids.length);
  for (const batch of batchesByLength(lengths, batchSize)) {
    const { sequences } = await model.generate({
      inputIds: batch.map((i) => encoded[i]!),
      maxLength: maxTargetLength,
      numBeams,
    });
    batch.forEach((i, row) => {
      texts[i] = tokenizer.decode(sequences[row]!, { skipSpecialTokens: true }).trim();
    });
    done += batch.length;
    onProgress?.(done);
  }
  return texts;
}

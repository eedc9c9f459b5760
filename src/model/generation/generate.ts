/** @file `generate`: check the options, start the decoder, search, free the decoder. */
import { ConfigError } from "../../base/index.ts";
import { searchBeams } from "./beam-search.ts";
import type { Decoder, SpecialTokens, StartDecoder } from "./decoder.ts";
import { type GenerateOptions, resolveOptions } from "./options.ts";
import type { Generated } from "./search.ts";
import { searchTokens } from "./token-search.ts";

/**
 * Decode a batch with the semantics of Hugging Face's `generate()` (transformers 4.36): greedy, beam search,
 * sampling, beam sampling. Examples that are finished leave the batch, which changes no result.
 * @param startDecoder called once, with the rows each example needs
 * @param batchSize examples, 0 or more
 * @throws ConfigError for bad options (`generate.*`) and special tokens outside the vocabulary
 * @throws RuntimeFailure `generate.nan` when the model gives NaN
 */
export async function generate(
  startDecoder: StartDecoder,
  batchSize: number,
  options: GenerateOptions,
  specialTokens: SpecialTokens,
): Promise<Generated> {
  const decoding = resolveOptions(options);
  const { numBeams, numReturnSequences } = decoding;
  const decoder = await startDecoder(numBeams > 1 ? numBeams : numReturnSequences);
  try {
    const { decoderStartTokenId: startToken, padTokenId: padToken } = specialTokens;
    const eosTokens = [...new Set([specialTokens.eosTokenId].flat())];
    const ids = {
      decoderStartTokenId: [startToken],
      padTokenId: [padToken],
      eosTokenId: eosTokens,
    };
    checkTokens(decoder, ids);
    const search = { decoder, batchSize, decoding, startToken, eosTokens, padToken };
    return await (numBeams > 1 ? searchBeams(search) : searchTokens(search));
  } finally {
    decoder.dispose();
  }
}

function checkTokens({ vocabSize }: Decoder, tokens: Record<string, readonly number[]>): void {
  for (const [name, ids] of Object.entries(tokens)) {
    for (const id of ids) {
      if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
      throw new ConfigError("generate.token", `${name} is not in the vocabulary`, {
        expected: `a token id from 0 to ${vocabSize - 1}`,
        got: String(id),
        where: name,
      });
    }
  }
}

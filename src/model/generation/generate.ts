/** @file `generate`: check the options, start the decoder, search, free the decoder. */
import { ConfigError } from "../../base/index.ts";
import { searchBeams } from "./beam-search.ts";
import type { Decoder, Prompts, SpecialTokens, StartDecoder } from "./decoder.ts";
import { resolveOptions, type SearchOptions } from "./options.ts";
import type { Generated } from "./search.ts";
import { searchTokens } from "./token-search.ts";

/**
 * Decode a batch with the semantics of Hugging Face's `generate()` (transformers 4.36): greedy, beam search,
 * sampling, beam sampling. Examples that are finished leave the batch, which changes no result.
 * @param startDecoder called once, with the rows each example needs
 * @param prompts what each sequence begins with; 0 examples or more
 * @throws ConfigError for bad options (`generate.*`) and special tokens outside the vocabulary
 * @throws RuntimeFailure `generate.nan` when the model gives NaN
 */
export async function generate(
  startDecoder: StartDecoder,
  { prompts, maxLength }: Prompts,
  options: SearchOptions,
  specialTokens: SpecialTokens,
): Promise<Generated> {
  const decoding = resolveOptions(options, prompts[0]?.length, maxLength);
  const { numBeams, numReturnSequences } = decoding;
  const decoder = await startDecoder(numBeams > 1 ? numBeams : numReturnSequences);
  try {
    const { padTokenId: padToken } = specialTokens;
    const eosTokens = [...new Set([specialTokens.eosTokenId].flat())];
    const ids = { prompt: prompts.flat(), padTokenId: [padToken], eosTokenId: eosTokens };
    checkTokens(decoder, ids);
    const search = { decoder, prompts, decoding, eosTokens, padToken };
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

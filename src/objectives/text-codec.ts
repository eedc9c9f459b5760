/** @file Text to ids as ordinary text: what looks like a special token in a source file is no special token. */
import { ConfigError } from "../base/index.ts";
import { type Encoding, Tokenizer } from "../tokenizer/index.ts";

/** A tokenizer as the objectives use it: text and special tokens kept apart. */
export interface TextCodec {
  readonly bosId: number;
  readonly eosId: number;
  /** Id of `<extra_id_k>` at index k. */
  readonly sentinelIds: readonly number[];
  /** k by the id of `<extra_id_k>`. */
  readonly sentinelOf: ReadonlyMap<number, number>;
  /** Ids of a text without any special token; decoded and joined they give its bytes. */
  readonly encode: (text: string) => number[];
  /** The same up to `maxLength` ids, with UTF-16 offsets. */
  readonly encodeWithOffsets: (text: string, maxLength?: number) => Encoding;
}

const codecs = new WeakMap<Tokenizer, TextCodec>();

/**
 * The codec of a tokenizer, built once for each.
 *
 * CodeT5's scripts replace `</s>` in a text by `<unk>`, which cannot be undone; here `</s>`,
 * `<extra_id_0>` and the like in a text are spelled in sub-words, so that targets restore it exactly.
 * @throws ConfigError `objectives.tokenizer` when it has no `<s>` or no `</s>`
 */
export function codecOf(tokenizer: Tokenizer): TextCodec {
  const known = codecs.get(tokenizer);
  if (known !== undefined) return known;
  const codec = createCodec(tokenizer);
  codecs.set(tokenizer, codec);
  return codec;
}

/**
 * The codec of a tokenizer that has sentinels.
 * @throws ConfigError `objectives.tokenizer` when it has no `<extra_id_0>`
 */
export function maskingCodecOf(tokenizer: Tokenizer): TextCodec {
  const codec = codecOf(tokenizer);
  if (codec.sentinelIds.length > 0) return codec;
  throw missingTokens("<extra_id_0>, <extra_id_1>, ...");
}

function createCodec(tokenizer: Tokenizer): TextCodec {
  const { definition, bosId, eosId, sentinelIds } = tokenizer;
  if (bosId === undefined || eosId === undefined) throw missingTokens("<s> and </s>");
  const plain = new Tokenizer({
    ...definition,
    addedTokens: [],
    // pieces of one text are encoded apart: a space put before each would not be in the text
    addPrefixSpace: false,
    postProcessor: { ...definition.postProcessor, trimOffsets: false },
  });
  return {
    bosId,
    eosId,
    sentinelIds,
    sentinelOf: new Map(sentinelIds.map((id, k) => [id, k])),
    encode: (text) => plain.encodeIds(text, { addSpecialTokens: false }),
    encodeWithOffsets: (text, maxLength) =>
      plain.encode(text, {
        addSpecialTokens: false,
        ...(maxLength === undefined ? {} : { maxLength }),
      }),
  };
}

function missingTokens(names: string): ConfigError {
  return new ConfigError("objectives.tokenizer", "the tokenizer lacks special tokens", {
    expected: names,
    help: "`codet5 tokenizer train` adds them",
  });
}

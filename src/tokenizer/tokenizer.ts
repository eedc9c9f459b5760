/** @file BPE tokenizer: text to ids with character offsets, ids to text. */
import { ConfigError, DataError } from "../base/index.ts";
import { createTextCutter, type OrdinaryRanges, type TextCutter } from "./added-token.ts";
import { byteCharacters, bytesToToken } from "./byte-alphabet.ts";
import { checkedId, joinTokenBytes, layOutTokenBytes, type TokenBytes } from "./decode.ts";
import type { SpecialRole, TokenizerDefinition } from "./definition.ts";
import { MergeTable } from "./merge-table.ts";
import { characterModel, fillCharacters, MetaspaceText, metaspaceCharacter } from "./metaspace.ts";
import { type PieceSink, TextEncoding } from "./text-encoding.ts";
import { fillBytes, type WordModel } from "./word-encoder.ts";

/** How to encode one text. */
export interface EncodeOptions {
  /** Put the template's tokens around the text (CodeT5: `<s>` ... `</s>`); default true. */
  readonly addSpecialTokens?: boolean;
  /** Most ids to return, template tokens included; the end of the text is cut. */
  readonly maxLength?: number;
  /**
   * Stretches `[start, end)` of the text, in order, where added tokens are ordinary characters: what
   * strangers wrote cannot end a turn.
   */
  readonly ordinary?: OrdinaryRanges;
}

/** One text as ids. */
export interface Encoding {
  readonly ids: number[];
  /**
   * Per id, `[start, end)` in UTF-16 units: `text.slice(start, end)` is what the id covers, with its
   * leading space unless the post-processor trims. Ids that hold only a part of a character cover all
   * of it; sentinels cover the white space they took; template tokens have [0, 0].
   */
  readonly offsets: [number, number][];
  /** Whether `maxLength` cut something off. */
  readonly truncated: boolean;
}

/** How to decode ids. */
export interface DecodeOptions {
  /** Leave special tokens out; default false. */
  readonly skipSpecialTokens?: boolean;
}

/** Text as it becomes certain, id by id; joined it equals `decode` of all ids. */
export interface DecodeStream {
  /** The characters that this id completes, maybe none. */
  push(id: number): string;
  /** What is left: U+FFFD when the ids end inside a character. */
  end(): string;
}

/** A BPE tokenizer of bytes or characters; made by `loadTokenizer` or `trainTokenizer`, immutable. */
export class Tokenizer {
  readonly definition: TokenizerDefinition;
  /** Number of distinct tokens, added ones included. */
  readonly vocabSize: number;
  /** Id of `<extra_id_k>` at index k; empty when there are none. */
  readonly sentinelIds: readonly number[];
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #tokenOf: readonly (string | undefined)[];
  readonly #special: ReadonlySet<number>;
  readonly #cut: TextCutter;
  readonly #encoding: TextEncoding;
  #tokenBytes: TokenBytes | undefined;

  constructor(definition: TokenizerDefinition) {
    this.definition = definition;
    const { vocabulary, addedTokens } = definition;
    this.#idOf = new Map([...vocabulary, ...addedTokens.map((t) => [t.content, t.id] as const)]);
    this.vocabSize = this.#idOf.size;
    this.#tokenOf = tokensById(this.#idOf);
    this.#special = new Set(addedTokens.filter((t) => t.special).map((t) => t.id));
    this.#cut = createTextCutter(addedTokens);
    this.#encoding = new TextEncoding(wordModel(definition), definition);
    this.sentinelIds = sentinelIds(this.#idOf);
  }

  /**
   * Encode a text; offsets are in UTF-16 units of `text`. Lone surrogates are read as U+FFFD.
   * @throws ConfigError `tokenizer.maxLength` when it is not an integer with room for the template
   */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const offsets: [number, number][] = [];
    const { ids, truncated } = this.#encode(text, options, offsets);
    return { ids, offsets, truncated };
  }

  /** The ids of `encode` alone, in less time. */
  encodeIds(text: string, options: EncodeOptions = {}): number[] {
    return this.#encode(text, options).ids;
  }

  /**
   * Text of ids: Hugging Face's decode with `clean_up_tokenization_spaces=False`.
   * Ids without a token are left out, bytes that are not UTF-8 become U+FFFD.
   * @throws DataError `tokenizer.id` for an id that is not a non-negative integer
   */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    if (this.definition.metaspace) {
      const stream = this.decodeStream(options);
      return Array.from(ids, (id) => stream.push(id)).join("") + stream.end();
    }
    const bytes = this.#bytesOf(ids, options);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }

  /** Decode ids one by one, for output that is shown while it is generated. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    const { metaspace } = this.definition;
    if (metaspace) return this.#metaspaceStream(new MetaspaceText(metaspace.decoder), options);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (id) => decoder.decode(this.#bytesOf([id], options), { stream: true }),
      end: () => decoder.decode(),
    };
  }

  /** Id of a token spelled as in the vocabulary (`Ġreturn`, `<pad>`). */
  tokenToId(token: string): number | undefined {
    return this.#idOf.get(token);
  }

  /** Token as spelled in the vocabulary. */
  idToToken(id: number): string | undefined {
    return this.#tokenOf[id];
  }

  /** Whether decoding with `skipSpecialTokens` leaves this id out. */
  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** Id of the beginning-of-sequence token: CodeT5's `<s>`. */
  get bosId(): number | undefined {
    return this.#roleId("bos");
  }

  /** Id of the end-of-sequence token: CodeT5's `</s>`. */
  get eosId(): number | undefined {
    return this.#roleId("eos");
  }

  /** Id of the padding token. */
  get padId(): number | undefined {
    return this.#roleId("pad");
  }

  /** Id of the unknown token. */
  get unkId(): number | undefined {
    return this.#roleId("unk");
  }

  /** Id of the mask token; CodeT5 has one and never uses it. */
  get maskId(): number | undefined {
    return this.#roleId("mask");
  }

  #roleId(role: SpecialRole): number | undefined {
    const token = this.definition.specialTokens[role];
    return token === undefined ? undefined : this.#idOf.get(token);
  }

  #metaspaceStream(
    text: MetaspaceText,
    { skipSpecialTokens = false }: DecodeOptions,
  ): DecodeStream {
    return {
      push: (id) => {
        const token = this.#tokenOf[checkedId(id)];
        const isLeftOut = token === undefined || (skipSpecialTokens && this.#special.has(id));
        return isLeftOut ? "" : text.push(token);
      },
      end: () => text.end(),
    };
  }

  #bytesOf(ids: ArrayLike<number>, { skipSpecialTokens = false }: DecodeOptions): Uint8Array {
    this.#tokenBytes ??= layOutTokenBytes(this.#tokenOf);
    const special = this.#special;
    const isSkipped = skipSpecialTokens ? (id: number) => special.has(id) : () => false;
    return joinTokenBytes(this.#tokenBytes, ids, isSkipped);
  }

  #encode(text: string, options: EncodeOptions, offsets?: [number, number][]) {
    if (typeof text !== "string") {
      throw new DataError("tokenizer.text", "cannot encode", {
        expected: "a string",
        got: typeof text,
      });
    }
    const { before, after } = this.definition.postProcessor;
    const hasTemplate = options.addSpecialTokens ?? true;
    const room = roomFor(options.maxLength, hasTemplate ? before.length + after.length : 0);
    const ids: number[] = [];
    const put = (token: { readonly id: number }) => {
      ids.push(token.id);
      offsets?.push([0, 0]);
    };
    if (hasTemplate) before.forEach(put);
    const limit = ids.length + room;
    const sink: PieceSink = offsets === undefined ? { ids, limit } : { ids, limit, offsets };
    for (const piece of this.#cut(text, options.ordinary)) {
      if (ids.length > limit) break;
      this.#encoding.encodePiece(text, piece, sink);
    }
    const truncated = ids.length > limit;
    if (truncated) ids.length = limit;
    if (truncated && offsets) offsets.length = limit;
    if (hasTemplate) after.forEach(put);
    return { ids, truncated };
  }
}

function roomFor(maxLength: number | undefined, numTemplateTokens: number): number {
  if (maxLength === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(maxLength) && maxLength >= numTemplateTokens) {
    return maxLength - numTemplateTokens;
  }
  throw new ConfigError("tokenizer.maxLength", "bad maxLength", {
    expected: `an integer of at least ${numTemplateTokens} (tokens, template included)`,
    got: String(maxLength),
  });
}

function tokensById(idOf: ReadonlyMap<string, number>): readonly (string | undefined)[] {
  // written in id order, so that V8 keeps a dense array; lone high ids make it a dictionary
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of [...idOf].sort((a, b) => a[1] - b[1])) tokens[id] = token;
  return tokens;
}

function sentinelIds(idOf: ReadonlyMap<string, number>): readonly number[] {
  const ids: number[] = [];
  for (let id = idOf.get("<extra_id_0>"); id !== undefined; ) {
    ids.push(id);
    id = idOf.get(`<extra_id_${ids.length}>`);
  }
  return ids;
}

function wordModel({ vocabulary, merges, metaspace, ...options }: TokenizerDefinition): WordModel {
  const idOf = (token: string | undefined) => vocabulary.get(token ?? "") ?? -1;
  const rules = merges.map(([left, right]) => {
    return { left: idOf(left), right: idOf(right), result: idOf(left + right) };
  });
  const unknown = { unknownId: idOf(options.unknownToken), fuseUnknown: options.fuseUnknown };
  const bytesModel = { byteIds: Int32Array.from(byteCharacters, idOf), ...unknown };
  const characters = metaspace
    ? characterModel((t) => vocabulary.get(t), vocabulary.keys(), metaspace.byteFallback, unknown)
    : undefined;
  const model: WordModel = {
    merges: new MergeTable(rules),
    fill: characters
      ? (word, bytes, start, end) => fillCharacters(word, characters, bytes, start, end)
      : (word, bytes, start, end) => fillBytes(word, bytesModel, bytes, start, end),
  };
  if (!options.ignoreMerges) return model;
  const spell = metaspace ? spellCharacters : bytesToToken;
  const wholeWord = (bytes: Uint8Array, start: number, end: number) =>
    end - start > longestToken ? -1 : idOf(spell(bytes, start, end));
  // bytes: a character takes four at most
  const longestToken = [...vocabulary.keys()].reduce(
    (max, token) => Math.max(max, metaspace ? 4 * token.length : token.length),
    0,
  );
  return { ...model, wholeWord };
}

function spellCharacters(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
  return text.replaceAll(" ", metaspaceCharacter);
}

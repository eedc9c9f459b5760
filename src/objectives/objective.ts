/** @file What an objective is: a pure function from an example and a seed to what a model learns from. */
import { ConfigError, DataError } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { cutsCharacter } from "./word-ends.ts";

/** A function of a corpus. Lone surrogates in its texts are read as U+FFFD, as the tokenizer reads them. */
export interface ObjectiveExample {
  /** As the project spells languages: `java`, `csharp`. */
  readonly language: string;
  /** Natural language, NL; empty for code alone. */
  readonly docstring: string;
  /** Programming language, PL. */
  readonly code: string;
  /** Start and end of every occurrence of every identifier, UTF-16 offsets in `code`, ascending, disjoint. */
  readonly identifiers: Int32Array;
}

/** Ids to read and ids to write, with `<s>` and `</s>` around both. */
export interface Seq2SeqInstance {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** Ids to read and a label for each: 1 identifier, 0 any other token of code, {@link notTagged}. */
export interface TaggingInstance {
  readonly source: readonly number[];
  readonly labels: readonly number[];
}

/** Label of the tokens that are not scored: `<s>`, `</s>` and natural language. */
export const notTagged = -100;

/** How to build an instance. */
export interface ObjectiveOptions {
  /** Any integer, low 32 bits; give every (epoch, example) its own. */
  readonly seed: number;
  /** Most source ids, `<s>` and `</s>` included; default 512. */
  readonly maxSourceLength?: number;
  /** Most target ids, `<s>` and `</s>` included; default 256. */
  readonly maxTargetLength?: number;
}

interface Row<Kind extends string, Instance> {
  /** The field that a model needs: `target` (decoder) or `labels` (encoder). */
  readonly kind: Kind;
  readonly name: string;
  readonly summary: string;
  /**
   * Instances of one example: none when the objective has nothing to ask of it. Depends on its
   * arguments alone. What exceeds the limits is cropped at word boundaries.
   * @throws DataError `objectives.identifiers`, ConfigError `objectives.length`, `objectives.tokenizer`
   */
  readonly build: (
    example: ObjectiveExample,
    tokenizer: Tokenizer,
    options: ObjectiveOptions,
  ) => readonly Instance[];
}

/** An objective of the decoder. */
export type Seq2SeqObjective = Row<"seq2seq", Seq2SeqInstance>;
/** An objective of the encoder. */
export type TaggingObjective = Row<"tagging", TaggingInstance>;

/** Ids to read and at each the id to predict there, or {@link notTagged}. */
export interface LabelledInstance {
  readonly source: readonly number[];
  readonly labels: readonly number[];
}

/** An objective of a model that has one stack: a decoder alone (`causal`) or an encoder alone (`masked`). */
export type LabelledObjective<Kind extends "causal" | "masked"> = Row<Kind, LabelledInstance>;

const leastLength = 8;

/**
 * The options with defaults in place (codet5.md §3: 512 and 256).
 * @throws ConfigError `objectives.length` for a length that is not an integer of at least 8
 */
export function resolveOptions(options: ObjectiveOptions): Required<ObjectiveOptions> {
  const { seed, maxSourceLength = 512, maxTargetLength = 256 } = options;
  for (const [name, length] of Object.entries({ maxSourceLength, maxTargetLength })) {
    if (Number.isSafeInteger(length) && length >= leastLength) continue;
    throw new ConfigError("objectives.length", `bad ${name}`, {
      expected: `an integer of at least ${leastLength} (tokens, <s> and </s> included)`,
      got: String(length),
    });
  }
  return { seed, maxSourceLength, maxTargetLength };
}

/**
 * Check that an example's identifiers lie in its code, in order, apart, and cut no character.
 * @throws DataError `objectives.identifiers`
 */
export function checkIdentifiers({ code, identifiers }: ObjectiveExample): void {
  let reached = 0;
  for (let i = 0; i < identifiers.length; i += 2) {
    const start = identifiers[i]!;
    const end = identifiers[i + 1] ?? -1;
    if (start < reached || end <= start || end > code.length)
      throw badIdentifier(i, code, start, end);
    if (cutsCharacter(code, start) || cutsCharacter(code, end)) {
      throw badIdentifier(i, code, start, end);
    }
    reached = end;
  }
}

function badIdentifier(index: number, code: string, start: number, end: number): DataError {
  return new DataError("objectives.identifiers", "bad identifier range", {
    expected: `pairs of ascending UTF-16 offsets in [0, ${code.length}], disjoint, at character boundaries`,
    got: `[${start}, ${end})`,
    where: `identifiers[${index}]`,
  });
}

/**
 * @file The steps of `tokenizer.json` around the model: normalizer, pre-tokenizer, decoder. Three arrangements are
 * known: GPT-2's byte level, a split pattern before it (Llama 3), and spaces as characters (Llama 2, Mistral).
 */
import { z } from "zod";
import type { TokenizerDefinition } from "./definition.ts";
import { type SplitPattern, splitPatterns } from "./isolating-split.ts";
import { parseField } from "./json-field.ts";
import {
  type Metaspace,
  type MetaspaceDecoder,
  metaspaceCharacter,
  type Prepend,
} from "./metaspace.ts";

/** What the steps come to, and the steps themselves, to be written back. */
export interface Pipeline
  extends Pick<
    TokenizerDefinition,
    "addPrefixSpace" | "useRegex" | "splitPattern" | "metaspace" | "stepsJson"
  > {
  /** The text is changed before it is split. */
  readonly hasNormalizer: boolean;
}

/** A sequence of one is that one. */
const single = (list: string) => (value: unknown) => {
  const record = (value ?? {}) as Record<string, unknown>;
  const items = record[list];
  return record.type === "Sequence" && Array.isArray(items) && items.length === 1
    ? items[0]
    : value;
};

/** One or several steps as a list. */
const several = (list: string) => (value: unknown) => {
  const record = (value ?? {}) as Record<string, unknown>;
  return record.type === "Sequence" ? record[list] : value == null ? [] : [value];
};

const byteLevel = z.object({
  type: z.literal("ByteLevel"),
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});

const noNormalizer = z.strictObject({
  type: z.literal("Sequence"),
  normalizers: z.array(z.never()),
});

const byteLevelSteps = z.object({
  normalizer: noNormalizer.nullish(),
  pre_tokenizer: z.preprocess(single("pretokenizers"), byteLevel),
  decoder: z.preprocess(single("decoders"), z.object({ type: z.literal("ByteLevel") })),
});

const patternNames = Object.keys(splitPatterns) as SplitPattern[];
const knownPatterns = Object.values(splitPatterns);

const splitSteps = z.object({
  normalizer: noNormalizer.nullish(),
  pre_tokenizer: z.object({
    pretokenizers: z.tuple([
      z.object({
        type: z.literal("Split"),
        pattern: z.object({
          Regex: z.enum(knownPatterns as [string, ...string[]], {
            error: `expected the split pattern of ${patternNames.join(", ")}`,
          }),
        }),
        behavior: z.literal("Isolated"),
        invert: z.literal(false).default(false),
      }),
      z.object({
        type: z.literal("ByteLevel"),
        // after a split it would put a space before every word
        add_prefix_space: z.literal(false),
        use_regex: z.literal(false),
      }),
    ]),
  }),
  decoder: byteLevelSteps.shape.decoder,
});

const space = z.literal(metaspaceCharacter);
const prepend = z.strictObject({ type: z.literal("Prepend"), prepend: space });
const spaces = z.strictObject({
  type: z.literal("Replace"),
  pattern: z.strictObject({ String: z.literal(" ") }),
  content: space,
});
const metaspace = z.object({
  type: z.literal("Metaspace"),
  replacement: space,
  prepend_scheme: z.enum(["first", "always", "never"]).optional(),
  // before there was prepend_scheme
  add_prefix_space: z.boolean().optional(),
  split: z.boolean().default(true),
});

const backToSpaces = z.strictObject({
  type: z.literal("Replace"),
  pattern: z.strictObject({ String: space }),
  content: z.literal(" "),
});
const fallback = z.object({ type: z.literal("ByteFallback") });
const fuse = z.object({ type: z.literal("Fuse") });
const strip = z.strictObject({
  type: z.literal("Strip"),
  content: z.literal(" "),
  start: z.int().min(0),
  stop: z.literal(0),
});
const decoderSteps = z.union(
  [
    z.tuple([metaspace]),
    z.tuple([backToSpaces, fallback, fuse]),
    z.tuple([backToSpaces, fallback, fuse, strip]),
  ],
  { error: "expected Replace, ByteFallback, Fuse and Strip, or Metaspace" },
);

const metaspaceSteps = z.object({
  normalizer: z.preprocess(
    several("normalizers"),
    z.union([z.tuple([]), z.tuple([spaces]), z.tuple([prepend, spaces])], {
      error: "expected nothing, or Prepend and Replace of spaces",
    }),
  ),
  pre_tokenizer: z.preprocess(single("pretokenizers"), metaspace).nullish(),
  decoder: z.preprocess(several("decoders"), decoderSteps),
});

type Arrangement = "byteLevel" | "split" | "metaspace";

/** Which arrangement a file means; one that is none of the others is checked as byte level. */
export function arrangementOf(content: unknown): Arrangement {
  const file = (content ?? {}) as Record<string, unknown>;
  const before = several("pretokenizers")(file.pre_tokenizer);
  const types = (steps: unknown) =>
    Array.isArray(steps) ? steps.map((step) => (step as { type?: unknown } | null)?.type) : [];
  const [firstType] = types(before);
  if (firstType === "Split") return "split";
  if (firstType === "Metaspace") return "metaspace";
  const normalizers = types(several("normalizers")(file.normalizer));
  const hasSpaces = normalizers.some((type) => type === "Prepend" || type === "Replace");
  return hasSpaces && firstType === undefined ? "metaspace" : "byteLevel";
}

/**
 * Read the steps of a file.
 * @param byteFallback of the model
 * @throws DataError `tokenizer.json` naming the field
 */
export function readPipeline(content: unknown, byteFallback: boolean, where: string): Pipeline {
  const file = (content ?? {}) as Record<string, unknown>;
  const steps = {
    normalizer: file.normalizer,
    pre_tokenizer: file.pre_tokenizer,
    decoder: file.decoder,
  };
  const arrangement = arrangementOf(content);
  if (arrangement === "split") {
    const { pre_tokenizer: before } = parseField(splitSteps, steps, "", where);
    const [{ pattern }] = before.pretokenizers;
    const splitPattern = patternNames.find((name) => splitPatterns[name] === pattern.Regex)!;
    return {
      hasNormalizer: false,
      addPrefixSpace: false,
      useRegex: true,
      splitPattern,
      stepsJson: steps,
    };
  }
  if (arrangement === "byteLevel") {
    const { pre_tokenizer: before } = parseField(byteLevelSteps, steps, "", where);
    const { add_prefix_space: addPrefixSpace, use_regex: useRegex } = before;
    return { hasNormalizer: false, addPrefixSpace, useRegex };
  }
  const read = parseField(metaspaceSteps, steps, "", where);
  const before = read.pre_tokenizer ?? undefined;
  const metaspaceOf: Metaspace = {
    prepend: before ? prependOf(before) : read.normalizer.length === 2 ? "every" : "never",
    splits: before?.split ?? false,
    byteFallback,
    decoder: decoderOf(read.decoder),
  };
  parseField(
    z.literal(true),
    before === undefined || read.normalizer.length === 0,
    "normalizer (beside Metaspace, none)",
    where,
  );
  const hasNormalizer = read.normalizer.length > 0;
  return {
    hasNormalizer,
    addPrefixSpace: false,
    useRegex: false,
    metaspace: metaspaceOf,
    stepsJson: steps,
  };
}

function prependOf({
  prepend_scheme: scheme,
  add_prefix_space: isAdded,
}: z.infer<typeof metaspace>): Prepend {
  return scheme ?? (isAdded === false ? "never" : "always");
}

function decoderOf(steps: z.infer<typeof decoderSteps>): MetaspaceDecoder {
  const [first] = steps;
  if (first.type === "Metaspace") {
    return { byteFallback: false, stripStart: 0, stripsFirstToken: prependOf(first) !== "never" };
  }
  return { byteFallback: true, stripStart: steps[3]?.start ?? 0, stripsFirstToken: false };
}

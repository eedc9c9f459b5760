/** @file Post-processors of `tokenizer.json`: the tokens around a text, and trimmed offsets. */
import { z } from "zod";
import type { PostProcessor, TemplateToken } from "./definition.ts";
import { maxVocabularyIds } from "./definition.ts";
import { parseField } from "./json-field.ts";

const id = z.int().min(0).lt(maxVocabularyIds);
const namedId = z.tuple([z.string(), id]);
const spacing = { trim_offsets: z.boolean(), add_prefix_space: z.boolean() };

const piece = z.union([
  z.strictObject({ SpecialToken: z.object({ id: z.string() }) }),
  z.strictObject({ Sequence: z.object({ id: z.literal("A") }) }),
]);
const special = z.object({ ids: z.array(id), tokens: z.array(z.string()) });

/** Those that a `Sequence` may hold; a sequence in a sequence is refused, it could be deep. */
const partSchemas = {
  ByteLevel: z.object({ ...spacing }),
  BertProcessing: z.object({ sep: namedId, cls: namedId }),
  RobertaProcessing: z.object({ sep: namedId, cls: namedId, ...spacing }),
  TemplateProcessing: z.object({
    single: z.array(piece),
    special_tokens: z.record(z.string(), special),
  }),
};

const part = z.looseObject({ type: z.enum(Object.keys(partSchemas)) });
const schemas = { ...partSchemas, Sequence: z.object({ processors: z.array(part) }) };

type Kind = keyof typeof schemas;
type Parts = Omit<PostProcessor, "json">;
type Reader<K extends Kind> = (shape: z.infer<(typeof schemas)[K]>, field: Field) => Parts;

/** The place in the file, for errors. */
interface Field {
  readonly path: string;
  readonly where: string;
}

/** Nothing around the text, offsets with their spaces. */
export const noPostProcessor: PostProcessor = {
  before: [],
  after: [],
  trimOffsets: false,
  addPrefixSpace: false,
  json: null,
};

const token = ([content, tokenId]: readonly [string, number]): TemplateToken => {
  return { token: content, id: tokenId };
};

const readers: { readonly [K in Kind]: Reader<K> } = {
  ByteLevel: (shape) => ({ before: [], after: [], ...readSpacing(shape) }),
  BertProcessing: ({ cls, sep }) => {
    return { ...noPostProcessor, before: [token(cls)], after: [token(sep)] };
  },
  RobertaProcessing: (shape) => {
    return { before: [token(shape.cls)], after: [token(shape.sep)], ...readSpacing(shape) };
  },
  TemplateProcessing: readTemplate,
  Sequence: readSequence,
};

/**
 * Read a post-processor.
 * @param json the field's content; null and undefined do nothing
 * @throws DataError `tokenizer.json` naming the field, for an unknown type or a bad shape
 */
export function readPostProcessor(
  json: unknown,
  where: string,
  path = "post_processor",
): PostProcessor {
  if (json === null || json === undefined) return noPostProcessor;
  const kinds = z.object({ type: z.enum(Object.keys(schemas) as Kind[]) });
  const { type } = parseField(kinds, json, path, where);
  const shape = parseField<unknown>(schemas[type], json, path, where);
  const reader = readers[type] as (shape: unknown, field: Field) => Parts;
  return { ...reader(shape, { path, where }), json };
}

function readSpacing(shape: { trim_offsets: boolean; add_prefix_space: boolean }) {
  return { trimOffsets: shape.trim_offsets, addPrefixSpace: shape.add_prefix_space };
}

function readTemplate(
  { single, special_tokens }: z.infer<(typeof schemas)["TemplateProcessing"]>,
  { path, where }: Field,
): Parts {
  const text = single.findIndex((entry) => "Sequence" in entry);
  const sides = [single.slice(0, Math.max(text, 0)), single.slice(text + 1)];
  const [before, after] = sides.map((side) =>
    side.flatMap((entry) => {
      const name = "SpecialToken" in entry ? entry.SpecialToken.id : "$A";
      const field = `${path}.special_tokens.${name}`;
      const { ids, tokens } = parseField(special, special_tokens[name], field, where);
      return ids.map((tokenId, i) => ({ token: tokens[i] ?? name, id: tokenId }));
    }),
  );
  parseField(z.literal(true), text >= 0, `${path}.single (holding Sequence A)`, where);
  return { before: before!, after: after!, trimOffsets: false, addPrefixSpace: false };
}

/** Each processor wraps what the ones before it made. */
function readSequence(
  { processors }: z.infer<(typeof schemas)["Sequence"]>,
  { path, where }: Field,
): Parts {
  const parts = processors.map((json, i) =>
    readPostProcessor(json, where, `${path}.processors.${i}`),
  );
  const trimming = parts.find((part) => part.trimOffsets);
  return {
    before: parts.toReversed().flatMap((part) => part.before),
    after: parts.flatMap((part) => part.after),
    trimOffsets: trimming !== undefined,
    addPrefixSpace: trimming?.addPrefixSpace ?? false,
  };
}

/** Roberta's template, which is CodeT5's: `cls` before, `sep` after. */
export function robertaPostProcessor(
  cls: TemplateToken,
  sep: TemplateToken,
  trimOffsets: boolean,
  addPrefixSpace: boolean,
): PostProcessor {
  const json = {
    type: "RobertaProcessing",
    sep: [sep.token, sep.id],
    cls: [cls.token, cls.id],
    trim_offsets: trimOffsets,
    add_prefix_space: addPrefixSpace,
  };
  return { before: [cls], after: [sep], trimOffsets, addPrefixSpace, json };
}

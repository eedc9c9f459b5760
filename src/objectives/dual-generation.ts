/** @file Bimodal dual generation: code from its docstring and back (codet5.md §4.5; CodeT5 §3.2). */
import type { Tokenizer } from "../tokenizer/index.ts";
import { readSegments } from "./masked-text.ts";
import { resolveOptions, type Seq2SeqInstance, type Seq2SeqObjective } from "./objective.ts";
import { headOf, headSegment } from "./passage.ts";
import { codecOf, type TextCodec } from "./text-codec.ts";
import { textOf } from "./word-ends.ts";

/** `<s>` and `</s>` around one text. */
const numSpecials = 2;

/** The authors' tags where they differ from this project's names of languages. */
const tagNames: Readonly<Record<string, string>> = { csharp: "c_sharp" };

/**
 * Two instances per pair, NL to PL and then PL to NL, optimised together; none for code alone. Sources
 * are `<s> text </s>`, as in fine-tuning; targets begin with the language they are in, `<java> ` or
 * `<en> `, spelled in sub-words (salesforce/CodeT5 _utils.py `add_lang_by_task` at 7de7f69). What is too
 * long loses its end. No part is random.
 */
export const dualGeneration: Seq2SeqObjective = {
  kind: "seq2seq",
  name: "dualGeneration",
  summary: "write code from its docstring, and the docstring from code",
  build: (example, tokenizer, options) => {
    const { maxSourceLength, maxTargetLength } = resolveOptions(options);
    const codec = codecOf(tokenizer);
    const { docstring, code } = example;
    if (docstring.trim() === "" || code.trim() === "") return [];
    const language = languageTag(example.language);
    const translate = (from: string, tag: string, to: string): Seq2SeqInstance => ({
      source: encodeHead(from, maxSourceLength, codec),
      target: encodeHead(`${tag} ${to}`, maxTargetLength, codec),
    });
    return [translate(docstring, language, code), translate(code, languageTag("en"), docstring)];
  },
};

/** What a target in this language begins with: `<java>`, `<c_sharp>`; `<en>` for docstrings. */
export function languageTag(language: string): string {
  return `<${Object.hasOwn(tagNames, language) ? tagNames[language] : language}>`;
}

/** A target of dual generation taken apart. */
export interface TaggedText {
  /** With its brackets; undefined when the target does not begin with one and a space. */
  readonly tag: string | undefined;
  readonly text: string;
}

/** Tag and text of a target, or of what `generate` returned. */
export function readTagged(target: readonly number[], tokenizer: Tokenizer): TaggedText {
  const [content = ""] = readSegments(target, tokenizer);
  const tag = /^<[^\s<>]+>(?= )/u.exec(content)?.[0];
  return { tag, text: tag === undefined ? content : content.slice(tag.length + 1) };
}

function encodeHead(text: string, maxLength: number, codec: TextCodec): number[] {
  const room = maxLength - numSpecials;
  const head = headOf(headSegment(text, room), codec, room);
  return [codec.bosId, ...codec.encode(textOf(head)), codec.eosId];
}

/** @file CodeXGLUE's tasks between code and words: summarisation and generation (Concode). */
import { join } from "node:path";
import { z } from "zod";
import { pythonSplit, pythonStrip } from "../../metrics/index.ts";
import { readJsonLines } from "../json-lines.ts";
import type { TextPair } from "../parallel-lines.ts";
import { type Parts, partNames, readParts } from "./parts.ts";

const words = z.array(z.string());

const functions = {
  name: "documented function",
  schema: z.object({ code_tokens: words, docstring_tokens: words }),
  expected: { code_tokens: "a list of strings", docstring_tokens: "a list of strings" },
};

/**
 * CodeSearchNet, cleaned: `<language>/{train,valid,test}.jsonl`. Source: the code's tokens on one line;
 * target: the docstring's, from which line feeds are taken out, not replaced.
 * Source: salesforce/CodeT5 _utils.py `read_summarize_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readJsonLines`
 */
export function readSummarize(folder: string, language: string): Promise<Parts<TextPair>> {
  return readParts(
    join(folder, language),
    (part) => [`${partNames[part]}.jsonl`],
    async ([path]) =>
      (await readJsonLines(path!, functions)).map(({ code_tokens, docstring_tokens }) => ({
        source: pythonSplit(code_tokens.join(" ")).join(" "),
        target: pythonSplit(docstring_tokens.join(" ").replaceAll("\n", "")).join(" "),
      })),
  );
}

const requests = {
  name: "Concode example",
  schema: z.object({ nl: z.string(), code: z.string() }),
  expected: { nl: "a string", code: "a string" },
};

/**
 * Concode: `{train,dev,test}.json`, one object a line. The published test part hides its answers
 * (`code` is empty): such a part counts as absent.
 * Source: salesforce/CodeT5 _utils.py `read_concode_examples` at 7de7f69.
 * @throws DataError as `readParts` and `readJsonLines`
 */
export async function readConcode(folder: string): Promise<Parts<TextPair>> {
  const { splits, files } = await readParts(
    folder,
    (part) => [`${part === "validation" ? "dev" : part}.json`],
    async ([path]) =>
      (await readJsonLines(path!, requests)).map(({ nl, code }) => {
        return { source: pythonStrip(nl), target: pythonStrip(code) };
      }),
  );
  const isHidden = splits.test.every(({ target }) => target === "");
  return { splits: { ...splits, test: isHidden ? [] : splits.test }, files };
}

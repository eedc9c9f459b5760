/** @file Comments taken out of code before it is parsed, by Java's rules whatever the language. */
import { pythonStrip } from "../python-text.ts";

/** Ends of quoted text and block comments; a kind that once had none has none further on either. */
export class Endings {
  readonly #text: string;
  readonly #exhausted = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  /** The end of the quotation that begins at `start`, a backslash sparing the character behind it. */
  ofQuote(start: number): number {
    const quote = this.#text[start]!;
    if (this.#exhausted.has(quote)) return -1;
    for (let i = start + 1; i < this.#text.length; i++) {
      if (this.#text[i] === "\\") i++;
      else if (this.#text[i] === quote) return i + 1;
    }
    this.#exhausted.add(quote);
    return -1;
  }

  /** The end of the block comment that begins at `start`. */
  ofBlock(start: number): number {
    if (this.#exhausted.has("*")) return -1;
    const close = this.#text.indexOf("*/", start + 2);
    if (close < 0) this.#exhausted.add("*");
    return close < 0 ? -1 : close + 2;
  }

  /** The end of the line that holds `start`. */
  ofLine(start: number): number {
    const feed = this.#text.indexOf("\n", start);
    return feed < 0 ? this.#text.length : feed;
  }
}

/**
 * The code with each comment replaced by one space, then without blank lines. Quoted text is kept, and
 * so is a comment's opening inside it; what is never closed is no quotation and no comment.
 *
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/parser/utils.py `remove_comments_and_docstrings(_, "java")`
 * at 7de7f69, which syntax and data-flow match call for every language. No departure.
 */
export function stripComments(code: string): string {
  return withoutComments(code)
    .split("\n")
    .filter((line) => pythonStrip(line) !== "")
    .join("\n");
}

function withoutComments(code: string): string {
  const endings = new Endings(code);
  let kept = "";
  let from = 0;
  for (const { index } of code.matchAll(/['"/]/g)) {
    if (index < from) continue;
    const comment = code[index] === "/" ? commentEnd(code, endings, index) : -1;
    if (comment >= 0) {
      kept += `${code.slice(from, index)} `;
      from = comment;
      continue;
    }
    const end = code[index] === "/" ? -1 : endings.ofQuote(index);
    if (end < 0) continue;
    kept += code.slice(from, end);
    from = end;
  }
  return kept + code.slice(from);
}

function commentEnd(code: string, endings: Endings, start: number): number {
  if (code[start + 1] === "/") return endings.ofLine(start);
  return code[start + 1] === "*" ? endings.ofBlock(start) : -1;
}

/**
 * @file Scanned code as data: put between two marks that it cannot hold, and stripped of the power of
 * special tokens where a text is all that a server takes.
 */
import { createHash } from "node:crypto";

/**
 * A line that does not occur in the code: its own digest, which nobody can write into it.
 * The same code gets the same mark, so that answers can be kept by the digest of a prompt.
 */
export function markFor(code: string): string {
  for (let salt = 0; ; salt++) {
    const digest = createHash("sha256").update(`${salt}\0${code}`, "utf8").digest("hex");
    const mark = `=====${digest.slice(0, 16)}=====`;
    if (!code.includes(mark)) return mark;
  }
}

/** What model families write their turns with; a server's tokenizer would read them as such. */
const shapes: readonly RegExp[] = [
  // Llama 3, ChatML, Phi, DeepSeek's wide bars: <|eot_id|>
  /<[|｜][^<>\s]{1,60}?[|｜]>/gu,
  // T5, Llama 2, Gemma: </s>, <start_of_turn>
  /<\/?(?:s|unk|pad|bos|eos|cls|sep|mask|think|start_of_turn|end_of_turn|extra_id_\d+|endoftext)>/giu,
  // Mistral: [INST], [/INST], [SYSTEM_PROMPT], [TOOL_CALLS]
  /\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK|IMG|PREFIX|SUFFIX|MIDDLE)\]/giu,
  // Llama 2: <<SYS>>
  /<<\/?SYS>>/giu,
  // CodeLlama, StarCoder: <fim_prefix>, <PRE>
  /<(?:fim[_-]\w{1,20}|PRE|SUF|MID|EOT)>/gu,
];

/**
 * Break special tokens in two by a space behind their first character, which leaves code that uses
 * such brackets (`vector<s>`) with its meaning.
 * @param tokens further tokens, of the tokenizer when it is known
 */
export function neutralize(text: string, tokens: readonly string[] = []): string {
  let result = text;
  for (const shape of shapes) result = result.replace(shape, broken);
  for (const token of tokens) {
    if (token.length > 1 && result.includes(token)) {
      result = result.split(token).join(broken(token));
    }
  }
  return result;
}

function broken(token: string): string {
  const [first = ""] = token;
  return `${first} ${token.slice(first.length)}`;
}

/**
 * Cut code to a length, at a line's end where there is one in its second half.
 * @param maxCharacters UTF-16 units
 */
export function shortenCode(code: string, maxCharacters: number): string {
  if (code.length <= maxCharacters) return code;
  const cut = code.slice(0, maxCharacters);
  const lineEnd = cut.lastIndexOf("\n");
  // half of a surrogate pair is no character
  return lineEnd > maxCharacters / 2 ? cut.slice(0, lineEnd) : cut.replace(/[\ud800-\udbff]$/, "");
}

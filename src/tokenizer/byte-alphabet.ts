/** @file GPT-2's byte alphabet: each of the 256 bytes written as one printable character. */

const firstUnprintableCode = 256;

/** Bytes that stand for themselves: `!` to `~`, `¡` to `¬`, `®` to `ÿ`. */
function isPrintable(byte: number): boolean {
  return (
    (byte >= 0x21 && byte <= 0x7e) ||
    (byte >= 0xa1 && byte <= 0xac) ||
    (byte >= 0xae && byte <= 255)
  );
}

function characterCodes(): Uint16Array {
  const codes = new Uint16Array(256);
  let next = firstUnprintableCode;
  for (let byte = 0; byte < 256; byte++) codes[byte] = isPrintable(byte) ? byte : next++;
  return codes;
}

const codeOfByte = characterCodes();
const byteOfCode = new Int16Array(firstUnprintableCode + 256).fill(-1);
for (let byte = 0; byte < 256; byte++) byteOfCode[codeOfByte[byte]!] = byte;

/**
 * The 256 characters in byte order; a space is `Ġ`, a line feed `Ċ`, a tab `ĉ`.
 * Source: openai/gpt-2 src/encoder.py `bytes_to_unicode`.
 */
export const byteCharacters: readonly string[] = Array.from(codeOfByte, (code) =>
  String.fromCharCode(code),
);

/** Bytes as characters of the alphabet: the string a vocabulary file holds. */
export function bytesToToken(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let token = "";
  for (let i = start; i < end; i++) token += byteCharacters[bytes[i]!];
  return token;
}

/** The bytes a token stands for, or undefined when one of its characters is outside the alphabet. */
export function tokenToBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfCode[token.charCodeAt(i)] ?? -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

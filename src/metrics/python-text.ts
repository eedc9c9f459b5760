/** @file How Python cuts, strips and rounds text: the reference scorers are Python, and JavaScript differs. */

/**
 * The inside of a character class (`u` flag or not) with the characters for which Python's
 * `str.isspace()` is true. JavaScript's `\s` lacks `\x1c-\x1f` and `\x85`, and has `\ufeff`, which
 * Python keeps as text.
 */
export const pythonSpace =
  "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
const spaceRun = new RegExp(`[${pythonSpace}]+`);
const spaceOnly = new RegExp(`^[${pythonSpace}]$`);

/**
 * The words of a text, as Python's `str.split()`.
 * @returns never an empty word; an empty list for an empty or blank text
 */
export function pythonSplit(text: string): string[] {
  return text.split(spaceRun).filter((word) => word !== "");
}

/** The text without white space at both ends, as Python's `str.strip()`. */
export function pythonStrip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && spaceOnly.test(text[start]!)) start++;
  while (end > start && spaceOnly.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * The lines of a text as a Python text-mode file yields them, without their ends: `\n`, `\r\n` and
 * `\r` end a line, nothing else does, and a final line end opens no further line.
 */
export function pythonLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * Round to `digits` decimals as Python's `round`: exact binary ties go to the even digit, where
 * `toFixed` goes up (0.125 is 0.12 here, 0.13 there); everything else agrees.
 * @param value finite, below 1e21 in magnitude
 */
export function roundHalfEven(value: number, digits: number): number {
  // a double lies exactly between two decimals only if it is an odd multiple of 2^-(digits + 1)
  const halves = Math.abs(value) * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return Number(value.toFixed(digits));
  const floor = Math.floor(value * 10 ** digits);
  return (floor % 2 === 0 ? floor : floor + 1) / 10 ** digits;
}

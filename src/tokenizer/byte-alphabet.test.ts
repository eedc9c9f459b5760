import { expect, test } from "vitest";
import { byteCharacters, bytesToToken, tokenToBytes } from "./byte-alphabet.ts";

test("byteCharacters: 256 different printable characters, white space among those moved up", () => {
  expect(new Set(byteCharacters).size).toBe(256);
  expect([0x20, 0x0a, 0x09, 0x41, 0x7f, 0xad].map((byte) => byteCharacters[byte])).toEqual([
    "Ġ",
    "Ċ",
    "ĉ",
    "A",
    "ġ",
    "Ń",
  ]);
});

test("tokenToBytes: undoes bytesToToken, and refuses characters outside the alphabet", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(tokenToBytes(bytesToToken(bytes))).toEqual(bytes);
  expect(bytesToToken(bytes, 0x41, 0x44)).toBe("ABC");
  for (const token of ["a b", "\n", "你", "🤗", "\ud800"])
    expect(tokenToBytes(token)).toBe(undefined);
});

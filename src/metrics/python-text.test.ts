import { expect, test } from "vitest";
import { pythonLines, pythonSplit, pythonStrip, roundHalfEven } from "./python-text.ts";

test("pythonSplit: separators of Python, not of JavaScript", () => {
  expect(pythonSplit(" a\x1cb\x85c\u00a0d\u2003 e\t\n")).toEqual(["a", "b", "c", "d", "e"]);
  expect(pythonSplit("\ufeffa b")).toEqual(["\ufeffa", "b"]);
  expect(pythonSplit(" \t ")).toEqual([]);
});

test("pythonStrip: takes off Python's white space, keeps a byte-order mark", () => {
  expect(pythonStrip("\x1f\u3000 a b \x85\n")).toBe("a b");
  expect(pythonStrip("\ufeff a ")).toBe("\ufeff a");
  expect(pythonStrip("  ")).toBe("");
});

test("pythonLines: three line ends, no other; a final one opens no further line", () => {
  expect(pythonLines("a\r\nb\rc\n\nd\u2028e\x0bf")).toEqual(["a", "b", "c", "", "d\u2028e\x0bf"]);
  expect(pythonLines("a\n")).toEqual(["a"]);
  expect(pythonLines("")).toEqual([]);
});

test("roundHalfEven: binary ties go to the even digit, all else as toFixed", () => {
  expect([0.125, 0.375, 2.5, -0.125].map((x) => roundHalfEven(x, 2))).toEqual([
    0.12, 0.38, 2.5, -0.12,
  ]);
  expect([0.5, 1.5, 2.5, -1.5].map((x) => roundHalfEven(x, 0))).toEqual([0, 2, 2, -2]);
  expect(roundHalfEven(77.463, 2)).toBe(77.46);
  expect(roundHalfEven(2.675, 2)).toBe(2.67); // the double lies below
});

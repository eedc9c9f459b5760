import fc from "fast-check";
import { expect, test } from "vitest";
import type { Counts } from "./counts.ts";
import { replaceSecrets } from "./secrets.ts";

function replace(text: string) {
  const counts: Counts = {};
  return { text: replaceSecrets(text, counts), counts };
}

// put together here so that no scanner of secrets takes this file for a leak
const random = "q9Zr4TkW7xB2nLmV8cYp5HdS3gJf6QeA1uRo";
const secrets: Readonly<Record<string, readonly [whole: string, clean: string]>> = {
  "aws-key": ["AKIA" + "Z7QX3MNB5KLP2RST", "AKIAX0XX0XXX0XXX0XXX"],
  "github-token": [
    `ghp_${random}`,
    `ghp_${random.replace(/[a-z]/g, "x").replace(/[A-Z]/g, "X").replace(/\d/g, "0")}`,
  ],
  "slack-token": ["xoxb-" + "123456789012-abcdefABCDEF", "xoxb-000000000000-xxxxxxXXXXXX"],
  "google-key": [
    "AIza" + "SyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v",
    "AIzaXxX0xX0xX0xX0xX0xX0xX0xX0xX0xX0xX0x",
  ],
  "stripe-key": ["sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "sk_live_0xX00XxXxxXXxxxxX0xxx0xx"],
  "url-password": [
    "postgres://admin:" + "hunter2@db.example",
    "postgres://admin:xxxxxx0@db.example",
  ],
};

test("replaceSecrets: each kind keeps its prefix, length and shape, and is counted", () => {
  for (const [kind, [whole, clean]] of Object.entries(secrets)) {
    const { text, counts } = replace(`connect("${whole}");`);
    expect(text).toBe(`connect("${clean}");`);
    expect(counts).toEqual({ [kind]: 1 });
  }
});

test("replaceSecrets: the body of a private key goes, its frame and escapes stay", () => {
  const key = (body: string) =>
    `-----BEGIN RSA PRIVATE KEY-----${body}-----END RSA PRIVATE KEY-----`;
  expect(replace(key("\nMIIEow4+/aB\n0123456789\n"))).toEqual({
    text: key("\nXXXXxx0+/xX\n0000000000\n"),
    counts: { "private-key": 1 },
  });
  expect(replace(`a = "${key("\\nMIIEow4/aB01234567\\n")}"`).text).toBe(
    `a = "${key("\\nXXXXxx0/xX00000000\\n")}"`,
  );
});

test("replaceSecrets: literals drawn at random go, words, names and alphabets stay", () => {
  const hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  expect(replace(`k = '${hex}'`).counts).toEqual({ "high-entropy": 1 });
  expect(replace(`k = "${random}"`).counts).toEqual({ "high-entropy": 1 });
  for (const kept of [
    `"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"`,
    `"application/x-www-form-urlencoded"`,
    `"getAbstractSingletonProxyFactoryBean2"`,
    `"src/data/corpus/function-text.test.ts"`,
    `"00000000000000000000000000000000"`,
    `"1234567890123456789012345678901234567890"`,
    `AbstractSingletonProxyFactoryBean2x3y4`,
    `"xXx0XxXX00xxXxXx0X0x"`,
  ]) {
    expect(replace(kept)).toEqual({ text: kept, counts: {} });
  }
});

test("replaceSecrets: places never move, and twice is once", () => {
  const piece = fc.constantFrom(...Object.values(secrets).map(([whole]) => `"${whole}"`), "é𝒙 ");
  const text = fc
    .array(fc.oneof(piece, fc.string({ unit: "grapheme" })))
    .map((all) => all.join(""));
  fc.assert(
    fc.property(text, (given) => {
      const once = replace(given).text;
      expect(once.length).toBe(given.length);
      expect(replace(once)).toEqual({ text: once, counts: {} });
    }),
  );
});

test("replaceSecrets: long hostile text takes time in line with its length", () => {
  const before = process.cpuUsage().user;
  for (const hostile of [
    "-----BEGIN PRIVATE KEY-----",
    "eyJ",
    "eyJ-",
    "a://b:",
    '"aA0',
    "x".repeat(50),
  ]) {
    replace(hostile.repeat(20_000));
  }
  // microseconds of this process: the machine may be busy
  expect(process.cpuUsage().user - before).toBeLessThan(5e6);
});

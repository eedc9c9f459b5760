/** @file Replaces what looks like a secret by a placeholder of the same kind and the same length. */
import { type Counts, count } from "./counts.ts";

interface SecretRule {
  readonly kind: string;
  /** Cheap test that must hold before the pattern is tried. */
  readonly hint?: string;
  /** Group 1, when there is one, is kept; the rest of the match is the secret. */
  readonly pattern: RegExp;
  readonly accept?: (secret: string) => boolean;
}

/** Formats that issuers document, then literals too random to be words. Bounded, so linear in time. */
const rules: readonly SecretRule[] = [
  {
    kind: "private-key",
    hint: "PRIVATE KEY",
    pattern: /(-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)([\s\S]{20,8000}?)(?=-----END )/g,
  },
  { kind: "aws-key", hint: "A", pattern: /\b((?:AKIA|ASIA|AROA|AIDA))([A-Z0-9]{16})\b/g },
  { kind: "github-token", hint: "gh", pattern: /\b(gh[pousr]_)([A-Za-z0-9]{30,255})\b/g },
  { kind: "github-token", hint: "github_pat_", pattern: /\b(github_pat_)(\w{22,255})\b/g },
  { kind: "gitlab-token", hint: "glpat-", pattern: /\b(glpat-)([\w-]{20,64})/g },
  { kind: "slack-token", hint: "xox", pattern: /\b(xox[abeoprs]-)([A-Za-z0-9-]{10,250})/g },
  { kind: "google-key", hint: "AIza", pattern: /\b(AIza)([\w-]{35})(?![\w-])/g },
  { kind: "stripe-key", hint: "k_", pattern: /\b([spr]k_(?:live|test)_)([A-Za-z0-9]{16,247})\b/g },
  { kind: "npm-token", hint: "npm_", pattern: /\b(npm_)([A-Za-z0-9]{36})\b/g },
  {
    kind: "openai-key",
    hint: "sk-",
    pattern: /\b(sk-(?:proj-|ant-)?)([\w-]{32,200})(?![\w-])/g,
    accept: isRandom,
  },
  {
    kind: "json-web-token",
    hint: "eyJ",
    pattern: /\b(eyJ)([\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,2000})/g,
  },
  {
    kind: "url-password",
    hint: "://",
    pattern:
      /(\b[a-z][a-z+.-]{1,20}:\/\/[^\s:@/'"<>{}$%]{1,80}:)([^\s:@/'"<>{}$%]{3,80})(?=@[\w.-])/gi,
  },
  {
    kind: "high-entropy",
    pattern: /((?<=["'`]))([A-Za-z0-9+/=_-]{24,})(?=["'`])/g,
    accept: isRandom,
  },
];

/**
 * Replace secrets; every letter and digit of one becomes `X`, `x` or `0`, so that places in the text
 * stay where they were and the shape of the literal can still be learned.
 * @param counts told the kind of each secret
 */
export function replaceSecrets(text: string, counts: Counts): string {
  let clean = text;
  for (const { kind, hint, pattern, accept } of rules) {
    if (hint !== undefined && !clean.includes(hint)) continue;
    clean = clean.replace(pattern, (whole: string, kept: string, secret: string) => {
      if (accept !== undefined && !accept(secret)) return whole;
      const placeholder = maskOf(secret);
      if (placeholder === secret) return whole;
      count(counts, kind);
      return kept + placeholder;
    });
  }
  return clean;
}

/** Escapes of a literal (`\\n`) stay, so that the code still parses. */
function maskOf(secret: string): string {
  return secret.replace(/\\.|[A-Za-z0-9]/g, (part) => {
    if (part.length > 1) return part;
    return part >= "a" ? "x" : part >= "A" ? "X" : "0";
  });
}

/** Bits per character above which a literal of mixed characters is no word, path or name. */
const minEntropyBits = 4;
const minHexEntropyBits = 3;

/** Whether a literal looks drawn at random: digits among the letters, no runs, high entropy. */
function isRandom(literal: string): boolean {
  const numDigits = literal.replace(/[^0-9]/g, "").length;
  if (numDigits < 3 || numDigits === literal.length) return false;
  if (hasRun(literal)) return false;
  if (/^[0-9a-f-]+$|^[0-9A-F-]+$/.test(literal)) {
    return literal.length >= 32 && entropyBits(literal) >= minHexEntropyBits;
  }
  const hasBothCases = /[a-z]/.test(literal) && /[A-Z]/.test(literal);
  return hasBothCases && entropyBits(literal) >= minEntropyBits;
}

/** Alphabets (`abcdef…`, `0123…`) have high entropy and are no secrets. */
function hasRun(literal: string): boolean {
  let length = 1;
  for (let i = 1; i < literal.length; i++) {
    length = literal.charCodeAt(i) === literal.charCodeAt(i - 1) + 1 ? length + 1 : 1;
    if (length >= 6) return true;
  }
  return false;
}

/** Shannon entropy of the characters, bits per character. */
function entropyBits(text: string): number {
  const frequency = new Map<string, number>();
  for (const character of text) frequency.set(character, (frequency.get(character) ?? 0) + 1);
  let bits = 0;
  for (const times of frequency.values()) {
    const share = times / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

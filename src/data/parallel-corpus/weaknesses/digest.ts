/** @file CWE-328: a token digested by a broken hash function, against a file digested by it. */
import { fromRequest } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

/** Weak hash. What may be digested weakly is read from outside as well, under another name. */
export const digest: Weakness = {
  cwe: "CWE-328",
  verbs: ["digest", "stamp", "mark", "sum", "seal", "index"],
  keys: ["token", "apiKey", "sessionId", "resetCode", "accessKey", "inviteCode"],
  otherKeys: ["page", "avatar", "color", "layout", "caption", "thumbnail"],
  value: "text",
  bad: fromRequest,
  good: fromRequest,
  needs: [],
  returns: {
    library: {
      c: "char *",
      cpp: "std::string",
      csharp: "string",
      go: "string",
      java: "String",
      typescript: "string",
      kotlin: "String",
      php: "string",
      rust: "String",
      swift: "String",
    },
  },
  base: () => "",
  danger: {
    c: [
      "g_compute_checksum_for_string(G_CHECKSUM_MD5, $0, -1)",
      "g_compute_checksum_for_string(G_CHECKSUM_SHA1, $0, -1)",
    ],
    cpp: ['hex_encode(HashFunction::create("MD5")->process($0))'],
    csharp: ["Convert.ToHexString(MD5.HashData(Encoding.UTF8.GetBytes($0)))"],
    go: ['fmt.Sprintf("%x", md5.Sum([]byte($0)))', 'fmt.Sprintf("%x", sha1.Sum([]byte($0)))'],
    java: ["DigestUtils.md5Hex($0)", "DigestUtils.sha1Hex($0)"],
    javascript: [
      'createHash("md5").update($0).digest("hex")',
      'createHash("sha1").update($0).digest("hex")',
    ],
    kotlin: ["DigestUtils.md5Hex($0)", "DigestUtils.sha1Hex($0)"],
    php: ["md5($0)", 'hash("sha1", $0)'],
    python: ["hashlib.md5($0.encode()).hexdigest()", "hashlib.sha1($0.encode()).hexdigest()"],
    ruby: ["Digest::MD5.hexdigest($0)", "Digest::SHA1.hexdigest($0)"],
    rust: ['format!("{:x}", Md5::digest(&$0))', 'format!("{:x}", Sha1::digest(&$0))'],
    swift: ["Insecure.MD5.hash(data: Data($0.utf8)).description"],
  },
  safe: {
    c: ["g_compute_checksum_for_string(G_CHECKSUM_SHA256, $0, -1)"],
    cpp: ['hex_encode(HashFunction::create("SHA-256")->process($0))'],
    csharp: ["Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($0)))"],
    go: ['fmt.Sprintf("%x", sha256.Sum256([]byte($0)))'],
    java: ["DigestUtils.sha256Hex($0)"],
    javascript: ['createHash("sha256").update($0).digest("hex")'],
    kotlin: ["DigestUtils.sha256Hex($0)"],
    php: ['hash("sha256", $0)'],
    python: ["hashlib.sha256($0.encode()).hexdigest()"],
    ruby: ["Digest::SHA256.hexdigest($0)"],
    rust: ['format!("{:x}", Sha256::digest(&$0))'],
    swift: ["SHA256.hash(data: Data($0.utf8)).description"],
  },
  hasChoices: false,
  isPlainHarmless: false,
};

/** @file CWE-328: a digest with collisions on record against one without. */
import { chance, type Draw, nameAmong, number } from "../draw.ts";
import { declare, variable } from "../program.ts";
import { type Api, type Sink, type Site, use, type Weakness } from "./scenario.ts";

/** The names of one algorithm: as Java has it, as .NET's class, as Python and Node have it. */
type Names = readonly [java: string, net: string, other: string];

const hexOf = ([java, net, other]: Names): Api => ({
  java: [
    {
      setup: [`MessageDigest #0 = MessageDigest.getInstance("${java}");`],
      value: "HexFormat.of().formatHex(#0.digest($0.getBytes(StandardCharsets.UTF_8)))",
    },
    `Base64.getEncoder().encodeToString(MessageDigest.getInstance("${java}").digest($0.getBytes()))`,
  ],
  csharp: [
    `Convert.ToHexString(${net}.HashData(Encoding.UTF8.GetBytes($0)))`,
    {
      setup: [`using var #0 = ${net}.Create();`],
      value: "Convert.ToBase64String(#0.ComputeHash(Encoding.UTF8.GetBytes($0)))",
    },
  ],
  python: [
    `hashlib.${other}($0.encode()).hexdigest()`,
    { setup: [`#0 = hashlib.new("${other}")`, "#0.update($0.encode())"], value: "#0.hexdigest()" },
  ],
  javascript: [
    `createHash("${other}").update($0).digest("hex")`,
    `createHash("${other}").update($0, "utf8").digest("base64")`,
  ],
});

const old = [hexOf(["MD5", "MD5", "md5"]), hexOf(["SHA-1", "SHA1", "sha1"])];
const recent = [
  hexOf(["SHA-256", "SHA256", "sha256"]),
  hexOf(["SHA-384", "SHA384", "sha384"]),
  hexOf(["SHA-512", "SHA512", "sha512"]),
];

function sink(draw: Draw): Sink {
  const [before, after] = [draw.random.pick(old), draw.random.pick(recent)];
  const local = nameAmong(draw, ["digest", "hasher", "engine", "algorithm"]);
  const named = nameAmong(draw, ["mark", "checksum", "fingerprint", "encoded"]);
  const isNamed = chance(draw, 0.4);
  const variant = number(draw, 0, 1);
  const site =
    (api: Api) =>
    (value: Parameters<Sink["vulnerable"]>[0]): Site => {
      const outcome = use(api, variant, [value], [local]);
      if (!isNamed) return { before: [], outcome };
      return { before: [declare(named, "str", outcome)], outcome: variable(named) };
    };
  return {
    needs: [],
    returns: "str",
    raises: "any",
    vulnerable: site(before),
    remedied: site(after),
  };
}

/** Weak digest. */
export const digest: Weakness = {
  cwe: "CWE-328",
  verbs: ["sign", "seal", "stamp", "digest", "hash", "fingerprint"],
  inputs: ["content", "payload", "document", "message", "body", "manifest", "contract"],
  sink,
};

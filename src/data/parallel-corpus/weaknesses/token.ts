/** @file CWE-338: a token of the session drawn by an ordinary generator, against one drawn for secrets. */
import { number } from "../../sample/draw.ts";
import type { Api, Expr } from "../program.ts";
import type { Weakness } from "../weakness.ts";

const ordinary: Api = {
  c: ['g_strdup_printf("%08x", g_random_int())', 'g_strdup_printf("%08x", rand())'],
  cpp: ["std::to_string(std::rand())", "std::to_string(std::mt19937(std::time(nullptr))())"],
  csharp: ["new Random().Next().ToString()", "Random.Shared.NextInt64().ToString()"],
  go: ["strconv.FormatInt(mrand.Int63(), 36)"],
  java: ["Long.toString(new Random().nextLong())", "RandomStringUtils.insecure().nextNumeric(12)"],
  javascript: ["Math.random().toString(36)"],
  kotlin: ["Random.nextLong().toString()"],
  php: ["uniqid()", "strval(mt_rand())"],
  python: ["str(random.getrandbits(64))", 'f"{random.random():.12f}"'],
  ruby: ["Random.rand(10**12).to_s", "Kernel.rand.to_s"],
  rust: ["fastrand::u64(..).to_string()"],
  swift: ["String(drand48())", "String(rand())"],
};

const strong: Api = {
  c: ['g_strdup_printf("%08x", arc4random())'],
  cpp: ["std::to_string(std::random_device{}())"],
  csharp: ["RandomNumberGenerator.GetHexString(24)"],
  go: ["crand.Text()"],
  java: ["Long.toString(new SecureRandom().nextLong())", "UUID.randomUUID().toString()"],
  javascript: ['randomBytes(16).toString("hex")', "crypto.randomUUID()"],
  kotlin: ["SecureRandom().nextLong().toString()", "UUID.randomUUID().toString()"],
  php: ["bin2hex(random_bytes(16))"],
  python: ["secrets.token_hex(16)", "secrets.token_urlsafe(16)"],
  ruby: ["SecureRandom.hex(16)"],
  rust: ["OsRng.next_u64().to_string()"],
  swift: ["UUID().uuidString"],
};

const drawn = (api: Api, variant: number): Expr => ({
  kind: "api",
  api,
  variant,
  args: [],
  needs: [],
  returns: "text",
  local: "",
});

/** Weak random numbers. */
export const token: Weakness = {
  cwe: "CWE-338",
  verbs: ["issue", "create", "renew", "open", "start", "assign"],
  keys: ["token", "code", "ticket", "pin", "nonce", "key"],
  otherKeys: ["color", "delay", "sample", "shade", "angle", "offset"],
  value: "text",
  bad: (draw) => drawn(ordinary, number(draw, 0, 1)),
  good: (draw) => drawn(strong, number(draw, 0, 1)),
  needs: [
    {
      name: "session",
      type: {
        library: {
          c: "GHashTable *",
          cpp: "std::map<std::string, std::string> &",
          csharp: "ISession",
          go: "*sessions.Session",
          java: "HttpSession",
          typescript: "Record<string, string>",
          kotlin: "HttpSession",
          php: "SessionInterface",
          rust: "&Session",
          swift: "Session",
        },
      },
    },
  ],
  returns: "void",
  base: (draw) => draw.random.pick(["token", "csrf", "reset", "login", "invite", "remember"]),
  danger: {
    c: ['g_hash_table_insert(@0, "^1", $0)'],
    cpp: ['@0.insert_or_assign("^1", $0)'],
    csharp: ['@0.SetString("^1", $0)'],
    go: ['@0.Values["^1"] = $0'],
    java: ['@0.setAttribute("^1", $0)'],
    javascript: ['@0["^1"] = $0'],
    kotlin: ['@0.setAttribute("^1", $0)'],
    php: ['@0->set("^1", $0)'],
    python: ['@0["^1"] = $0'],
    ruby: ['@0["^1"] = $0'],
    rust: ['@0.insert("^1", &$0)?'],
    swift: ['@0.data["^1"] = $0'],
  },
  hasChoices: false,
  isPlainHarmless: false,
};

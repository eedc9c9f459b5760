/** @file CWE-798: a secret written into the program against one the environment holds. */
import { chance, type Draw, fragment, nameAmong, number, thing } from "../draw.ts";
import { joinWords } from "../naming.ts";
import {
  assign,
  concat,
  declare,
  type Expr,
  lib,
  raise,
  type Stmt,
  str,
  type Type,
  variable,
  when,
} from "../program.ts";
import {
  type Api,
  randomText,
  type Sink,
  type Site,
  setting,
  use,
  type Weakness,
} from "./scenario.ts";

const loginType: Type = {
  library: {
    java: "PasswordAuthentication",
    csharp: "NetworkCredential",
    python: "",
    javascript: "",
  },
};

/** `$0` who, `$1` the secret. */
const login: Api = {
  java: ["new PasswordAuthentication($0, $1.toCharArray())"],
  csharp: ["new NetworkCredential($0, $1)"],
  python: ["HTTPBasicAuth($0, $1)", "requests.auth.HTTPDigestAuth($0, $1)"],
  javascript: ["{ username: $0, password: $1 }", "new Credentials($0, $1)"],
};

function sink(draw: Draw): Sink {
  const key = nameAmong(draw, ["apiKey", "password", "secret", "passphrase", "accessKey"]);
  const held = setting(number(draw, 0, 1), joinWords(thing(draw), key));
  const written = str(randomText(draw, 10, 20));
  const variant = number(draw, 0, 1);
  const [isNamed, isText] = [chance(draw, 0.7), chance(draw, 0.4)];
  const scheme = draw.random.pick(["Basic ", "Key ", "Token ", "ApiKey "]);
  const outcome = (value: Expr, secret: Expr): Expr =>
    isText ? concat(str(scheme), value, str(":"), secret) : use(login, variant, [value, secret]);
  const named = (secret: Expr, ...more: Stmt[]) => [declare(key, "str", secret), ...more];
  const site =
    (secret: Expr) =>
    (value: Expr): Site =>
      isNamed
        ? { before: named(secret), outcome: outcome(value, variable(key)) }
        : { before: [], outcome: outcome(value, secret) };
  const ifMissing =
    (then: Stmt) =>
    (value: Expr): Site => ({
      before: named(held, when(lib("isNull", variable(key)), then)),
      outcome: outcome(value, variable(key)),
    });
  // a default in the source is a secret in the source
  const isDefault = chance(draw, 0.35);
  const refuse = raise(`${fragment(draw)} ${fragment(draw)}`);
  return {
    needs: [],
    returns: isText ? "str" : loginType,
    vulnerable: isDefault ? ifMissing(assign(variable(key), written)) : site(written),
    remedied: isDefault ? ifMissing(refuse) : site(held),
  };
}

/** Hard-coded secret. */
export const credential: Weakness = {
  cwe: "CWE-798",
  verbs: ["authorize", "connect", "login", "enter", "identify"],
  inputs: ["user", "login", "account", "name", "email", "client"],
  sink,
};

/** @file CWE-338: a token from a generator that can be foretold against one from the system's own. */
import { type Draw, nameAmong, number, oneOf } from "../draw.ts";
import { concat, declare, type Expr, format, int, lib, str, variable } from "../program.ts";
import { type Api, type Sink, type Site, use, type Weakness } from "./scenario.ts";

/** `$0` what the number stays below. */
const foretold: Api = {
  java: ["new Random().nextInt($0)", "ThreadLocalRandom.current().nextInt($0)"],
  csharp: ["new Random().Next($0)", "Random.Shared.Next($0)"],
  python: ["random.randrange($0)", "random.randint(0, $0)"],
  javascript: ["Math.floor(Math.random() * $0)", "Math.trunc(Math.random() * $0)"],
};

const drawn: Api = {
  java: ["new SecureRandom().nextInt($0)"],
  csharp: ["RandomNumberGenerator.GetInt32($0)", "RandomNumberGenerator.GetInt32(0, $0)"],
  python: ["secrets.randbelow($0)", "random.SystemRandom().randrange($0)"],
  javascript: ["crypto.randomInt($0)", "crypto.randomInt(0, $0)"],
};

function sink(draw: Draw): Sink {
  const local = nameAmong(draw, ["number", "code", "suffix", "token", "nonce"]);
  const limit = int(draw.random.pick([1, 2]) * 1_000_000_000 - number(draw, 0, 999));
  const variant = number(draw, 0, 1);
  const link = draw.random.pick(["-", ".", ":", "_", "/"]);
  const shape = oneOf<(value: Expr, code: Expr) => Site>(
    draw,
    () => (value, code) => ({
      before: [],
      outcome: concat(value, str(link), lib("int.toStr", code)),
    }),
    () => (value, code) => ({
      before: [declare(local, "int", code)],
      outcome: concat(value, str(link), lib("int.toStr", variable(local))),
    }),
    () => (value, code) => ({
      before: [declare(local, "int", code)],
      outcome: format({ value, type: "str" }, link, { value: variable(local), type: "int" }),
    }),
  );
  return {
    needs: [],
    returns: "str",
    vulnerable: (value) => shape(value, use(foretold, variant, [limit])),
    remedied: (value) => shape(value, use(drawn, variant, [limit])),
  };
}

/** Weak random numbers. */
export const token: Weakness = {
  cwe: "CWE-338",
  verbs: ["issue", "create", "make", "renew", "generate"],
  subjects: ["token", "session", "ticket", "invite", "reset", "voucher"],
  inputs: ["user", "email", "login", "prefix", "client", "owner"],
  sink,
};

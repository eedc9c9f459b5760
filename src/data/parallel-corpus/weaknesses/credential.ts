/** @file CWE-798: a secret written into the program, against one the environment holds. */
import { type Draw, number } from "../../sample/draw.ts";
import { fromSettings } from "../origins.ts";
import { text } from "../program.ts";
import type { Weakness } from "../weakness.ts";

const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/** Letters and digits in no order, as in keys and in serial numbers. */
const letters = (draw: Draw) =>
  text(
    Array.from(
      { length: number(draw, 10, 16) },
      () => alphabet[draw.random.below(alphabet.length)]!,
    ).join(""),
  );

/** Hard-coded secret. */
export const credential: Weakness = {
  cwe: "CWE-798",
  verbs: ["connect", "login", "prepare", "configure", "open", "attach"],
  keys: ["password", "passphrase", "apiKey", "accessKey", "signingKey"],
  otherKeys: ["build", "release", "serial", "edition", "batch"],
  value: "text",
  bad: letters,
  good: fromSettings,
  needs: [
    {
      name: "client",
      type: {
        library: {
          c: "CURL *",
          cpp: "httplib::Client &",
          csharp: "NetworkCredential",
          go: "*http.Request",
          java: "PGSimpleDataSource",
          typescript: "ClientConfig",
          kotlin: "HikariConfig",
          php: "SFTP",
          rust: "&mut Config",
          swift: "PostgresConnection.Configuration",
        },
      },
    },
  ],
  returns: "void",
  base: (draw) => draw.random.pick(["svc", "report", "sync", "mailer", "backup", "robot"]),
  danger: {
    c: ["curl_easy_setopt(@0, CURLOPT_PASSWORD, $0)"],
    cpp: ['@0.set_basic_auth("^1", $0)'],
    csharp: ["@0.Password = $0"],
    go: ['@0.SetBasicAuth("^1", $0)'],
    java: ["@0.setPassword($0)"],
    javascript: ["@0.password = $0"],
    kotlin: ["@0.password = $0"],
    php: ['@0->login("^1", $0)'],
    python: ['@0.login("^1", $0)'],
    ruby: ['@0.basic_auth("^1", $0)'],
    rust: ["@0.password(&$0)"],
    swift: ["@0.password = $0"],
  },
  hasChoices: false,
  isPlainHarmless: false,
};

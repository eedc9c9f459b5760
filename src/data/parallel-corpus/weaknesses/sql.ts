/** @file CWE-89: a query put together from text against a query with a bound value. */
import type { Draw } from "../../sample/draw.ts";
import { plural } from "../../sample/naming.ts";
import { nouns } from "../../sample/words.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const columns = "name email code status city kind owner region phone street title state".split(" ");

function start(draw: Draw): string {
  const wanted = draw.random.pick(["*", "id", "COUNT(*)", draw.random.pick(columns)]);
  const table = plural(draw.random.pick(nouns));
  return `SELECT ${wanted} FROM ${table} WHERE ${draw.random.pick(columns)} = `;
}

/** SQL injection. */
export const sql: Weakness = {
  cwe: "CWE-89",
  verbs: ["find", "load", "fetch", "query", "select", "read"],
  keys: ["name", "city", "email", "status", "owner", "term"],
  otherKeys: ["region", "kind", "state", "title", "phone"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [
    {
      name: "db",
      type: {
        library: {
          c: "PGconn *",
          cpp: "pqxx::work &",
          csharp: "IDbConnection",
          go: "*sql.DB",
          java: "JdbcTemplate",
          typescript: "Pool",
          kotlin: "JdbcTemplate",
          php: "PDO",
          python: "",
          ruby: "",
          rust: "&mut Client",
          swift: "Connection",
          javascript: "",
        },
      },
    },
  ],
  returns: {
    library: {
      c: "PGresult *",
      cpp: "pqxx::result",
      csharp: "IDataReader",
      go: "*sql.Rows",
      java: "List<Map<String, Object>>",
      typescript: "Promise<QueryResult>",
      kotlin: "List<Map<String, Any>>",
      php: "PDOStatement",
      rust: "Vec<Row>",
      swift: "Statement",
    },
  },
  payload: (draw) => ({ before: `${start(draw)}'`, after: "'" }),
  base: start,
  danger: {
    c: ["PQexec(@0, $0)"],
    cpp: ["@0.exec($0)"],
    csharp: ["@0.ExecuteReader($0)"],
    go: ["@0.Query($0) !"],
    java: ["@0.queryForList($0)"],
    javascript: ["@0.query($0)"],
    kotlin: ["@0.queryForList($0)"],
    php: ["@0->query($0)"],
    python: ["@0.execute($0)"],
    ruby: ["@0.exec($0)"],
    rust: ["@0.query(&$0, &[])?"],
    swift: ["try @0.prepare($0)"],
  },
  safe: {
    c: [
      {
        setup: ["const char *#0[] = { $0 };"],
        value: 'PQexecParams(@0, "^1$$1", 1, NULL, #0, NULL, NULL, 0)',
      },
    ],
    cpp: ['@0.exec_params("^1$$1", $0)'],
    csharp: ['@0.ExecuteReader("^1@value", new { value = $0 })'],
    go: ['@0.Query("^1$$1", $0) !'],
    java: ['@0.queryForList("^1?", $0)'],
    javascript: ['@0.query("^1$$1", [$0])'],
    kotlin: ['@0.queryForList("^1?", $0)'],
    php: [{ setup: ['#0 = @0->prepare("^1?");', "#0->execute([$0]);"], value: "#0" }],
    python: ['@0.execute("^1?", ($0,))'],
    ruby: ['@0.exec_params("^1$$1", [$0])'],
    rust: ['@0.query("^1$$1", &[&$0])?'],
    swift: ['try @0.prepare("^1?", $0)'],
  },
  hasChoices: true,
  isPlainHarmless: true,
};

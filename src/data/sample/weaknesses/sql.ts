/** @file CWE-89: a query put together from text against a query with bound parameters. */
import { chance, type Draw, nameAmong, number } from "../draw.ts";
import { plural } from "../naming.ts";
import {
  declare,
  type Expr,
  lib,
  type Stmt,
  str,
  type Type,
  update,
  variable,
} from "../program.ts";
import { nouns } from "../words.ts";
import { type Api, type Sink, type Site, use, type Weakness } from "./scenario.ts";
import { planText, type TextPlan, textAround } from "./text.ts";

const connectionType: Type = {
  library: { java: "Connection", csharp: "SqlConnection", python: "", javascript: "" },
};
const rowsType: Type = {
  library: { java: "ResultSet", csharp: "IDataReader", python: "", javascript: "" },
};

/** `$0` connection, `$1` text of the query. */
const runText: Api = {
  java: [
    { setup: ["Statement #0 = $0.createStatement();"], value: "#0.executeQuery($1)" },
    { setup: ["PreparedStatement #0 = $0.prepareStatement($1);"], value: "#0.executeQuery()" },
  ],
  csharp: [
    { setup: ["SqlCommand #0 = new SqlCommand($1, $0);"], value: "#0.ExecuteReader()" },
    // Dapper's, as below
    "$0.ExecuteReader($1)",
  ],
  python: [
    { setup: ["#0 = $0.cursor()", "#0.execute($1)"], value: "#0.fetchall()" },
    "$0.execute($1).fetchall()",
  ],
  javascript: ["$0.query($1)", "$0.execute($1)"],
};

/** As {@link runText}, with `$2` bound as the parameter that `$3` names. */
const runBound: Api = {
  java: [
    {
      setup: ["PreparedStatement #0 = $0.prepareStatement($1);", "#0.setString(1, $2);"],
      value: "#0.executeQuery()",
    },
    {
      setup: ["PreparedStatement #0 = $0.prepareStatement($1);", "#0.setObject(1, $2);"],
      value: "#0.executeQuery()",
    },
  ],
  csharp: [
    {
      setup: ["SqlCommand #0 = new SqlCommand($1, $0);", "#0.Parameters.AddWithValue($3, $2);"],
      value: "#0.ExecuteReader()",
    },
    "$0.ExecuteReader($1, new { #1 = $2 })",
  ],
  python: [
    { setup: ["#0 = $0.cursor()", "#0.execute($1, ($2,))"], value: "#0.fetchall()" },
    "$0.execute($1, ($2,)).fetchall()",
  ],
  javascript: ["$0.query($1, [$2])", "$0.execute($1, [$2])"],
};

const columns = "name email code status city kind owner region phone street title state".split(" ");

interface QueryPlan {
  readonly start: string;
  readonly column: string;
  readonly text: TextPlan;
}

function plan(draw: Draw): QueryPlan {
  const table = plural(draw.random.pick(nouns));
  const [column, wanted] = [draw.random.pick(columns), draw.random.pick(columns)];
  const what = draw.random.pick(["*", wanted, "id", `id, ${wanted}`, "COUNT(*)"]);
  return {
    start: `SELECT ${what} FROM ${table} WHERE ${column} = `,
    column,
    text: planText(draw, ["sql", "query", "command", "lookup"]),
  };
}

/** The query with the value inside its text, between these marks. */
const textOf = ({ start, text }: QueryPlan, value: Expr, mark: string): Site =>
  textAround(text, start + mark, value, mark);

/** The query with a place for the value. */
function placeOf({ start, column, text: { local, shape } }: QueryPlan): Site {
  const whole: Expr = { kind: "str", value: `${start}?`, parameter: column };
  if (shape === "inline" || shape === "format") return { before: [], outcome: whole };
  if (shape === "local")
    return { before: [declare(local, "str", whole)], outcome: variable(local) };
  const place: Expr = { kind: "str", value: "?", parameter: column };
  const before = [declare(local, "str", str(start)), update("concat", variable(local), place)];
  return { before, outcome: variable(local) };
}

function sink(draw: Draw): Sink {
  const connection = nameAmong(draw, ["connection", "conn", "db", "database"]);
  const statement = nameAmong(draw, ["statement", "stmt", "prepared", "cursor"]);
  const query = plan(draw);
  const variant = number(draw, 0, 1);
  const run = (text: Site, extra: Stmt[] = []): Site => ({
    before: [...extra, ...text.before],
    outcome: use(runText, variant, [variable(connection), text.outcome], [statement]),
  });
  const bound = (value: Expr): Site => {
    const { before, outcome } = placeOf(query);
    const args = [variable(connection), outcome, value, str(`@${query.column}`)];
    return { before, outcome: use(runBound, variant, args, [statement, query.column]) };
  };
  const id = nameAmong(draw, ["id", "number", "key"]);
  const asNumber = (value: Expr): Site =>
    run(textOf(query, lib("int.toStr", variable(id)), ""), [
      declare(id, "int", lib("int.parse", value)),
    ]);
  const isHard = chance(draw, 0.15 * (draw.difficulty - 1));
  const remedied = isHard ? asNumber : bound;
  return {
    needs: [{ name: connection, type: connectionType }],
    returns: rowsType,
    raises: "database",
    vulnerable: (value) => run(textOf(query, value, "'")),
    remedied,
  };
}

/** SQL injection. */
export const sql: Weakness = {
  cwe: "CWE-89",
  verbs: ["find", "load", "fetch", "query", "select", "read"],
  inputs: ["name", "code", "city", "email", "status", "term", "owner"],
  sink,
};

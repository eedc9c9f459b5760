/** @file C#: Pascal-cased static methods, LINQ, interpolated strings, braces on their own lines. */
import {
  cHeaders,
  cOperators,
  cRange,
  type FormatText,
  type Language,
  precedence,
  primary,
  type QueryText,
  wrap,
} from "../language.ts";

const modifiers = {
  function: "public static",
  helper: "private static",
  method: "public",
} as const;

const ends: Readonly<Record<QueryText["end"], (q: QueryText, chain: string) => string>> = {
  toList: (_q, chain) => `${chain}.ToList()`,
  count: (q) => `${q.source}.Count(${q.item} => ${q.where ?? "true"})`,
  sum: (q) => {
    const select = q.select === undefined ? "" : `${q.item} => ${q.select.text}`;
    return `${filtered(q)}.Sum(${select})`;
  },
  any: (q) => `${q.source}.Any(${q.item} => ${q.where ?? "true"})`,
  all: (q) => `${q.source}.All(${q.item} => ${q.where ?? "true"})`,
  join: (q, chain) => `string.Join(${q.separator}, ${chain})`,
};

function filtered(q: QueryText): string {
  return q.where === undefined ? q.source : `${q.source}.Where(${q.item} => ${q.where})`;
}

function chainOf(q: QueryText): string {
  const where = filtered(q);
  return q.select === undefined ? where : `${where}.Select(${q.item} => ${q.select.text})`;
}

function format(parts: readonly FormatText[]): string {
  const texts = parts.map((part) =>
    typeof part === "string"
      ? JSON.stringify(part).slice(1, -1).replace(/[{}]/g, "$&$&")
      : `{${wrap(part.value, precedence.or)}}`,
  );
  return `$"${texts.join("")}"`;
}

export const csharp: Language = {
  layout: "allman",
  indent: "    ",
  terminator: ";",
  functionCase: "pascal",
  variableCase: "camel",
  types: {
    void: "void",
    int: "int",
    bool: "bool",
    str: "string",
    char: "char",
    intList: "List<int>",
    strList: "List<string>",
    intMap: "Dictionary<string, int>",
    strMap: "Dictionary<string, string>",
    strSet: "HashSet<string>",
  },
  literals: { true: "true", false: "false", null: "null", self: "this", charQuote: "'" },
  field: "this.$0",
  sqlParameter: "@$0",
  operators: cOperators,
  not: ["!", precedence.prefix],
  conditional: { value: "$0 ? $1 : $2", precedence: precedence.conditional },
  library: {
    "str.length": "$0.Length",
    "str.isEmpty": { value: "$0.Length == 0", precedence: precedence.equality },
    "str.upper": "$0.ToUpper()",
    "str.lower": "$0.ToLower()",
    "str.trim": "$0.Trim()",
    "str.contains": "$0.Contains($1)",
    "str.startsWith": "$0.StartsWith($1)",
    "str.endsWith": "$0.EndsWith($1)",
    "str.replace": "$0.Replace($1, $2)",
    "str.split": "$0.Split($1).ToList()",
    "str.charAt": "$0[$1]",
    "str.chars": "$0",
    "str.equals": { value: "$0 == $1", precedence: precedence.equality },
    "str.reverse": "new string($0.Reverse().ToArray())",
    "char.isDigit": "char.IsDigit($0)",
    "char.isUpper": "char.IsUpper($0)",
    "int.toStr": "$0.ToString()",
    "int.parse": "int.Parse($0)",
    "int.abs": "Math.Abs($0)",
    "int.max": "Math.Max($0, $1)",
    "int.min": "Math.Min($0, $1)",
    "int.div": { value: "$0 / $1", precedence: precedence.product },
    "list.length": "$0.Count",
    "list.isEmpty": { value: "$0.Count == 0", precedence: precedence.equality },
    "list.get": "$0[$1]",
    "list.contains": "$0.Contains($1)",
    "list.add!": "$0.Add($1)",
    "list.sort!": "$0.Sort()",
    "list.reverse!": "$0.Reverse()",
    "list.join": "string.Join($1, $0)",
    "map.has": "$0.ContainsKey($1)",
    "map.get": "$0[$1]",
    "map.getOr": "$0.GetValueOrDefault($1, $2)",
    "map.put!": "$0[$1] = $2",
    "map.keys": "$0.Keys",
    "set.length": "$0.Count",
    "set.has": "$0.Contains($1)",
    "set.add!": "$0.Add($1)",
    isNull: { value: "$0 == null", precedence: precedence.equality },
    "log!": "logger.LogInformation($0)",
  },
  negated: {
    isNull: { value: "$0 != null", precedence: precedence.equality },
    "str.isEmpty": { value: "$0.Length > 0", precedence: precedence.comparison },
    "list.isEmpty": { value: "$0.Count > 0", precedence: precedence.comparison },
    "str.equals": { value: "$0 != $1", precedence: precedence.equality },
  },
  empty: (type) => `new ${type}()`,
  format,
  query: (q) => primary(ends[q.end](q, chainOf(q))),
  declare: ({ type, name, value, isFresh }) => `${isFresh ? "var" : type} ${name} = ${value};`,
  increment: "$0++",
  raise: "throw new ArgumentException($0)",
  headers: {
    ...cHeaders,
    range: cRange("int"),
    each: ({ item, type, source }) => `foreach (${type} ${item} in ${source})`,
    signature: ({ name, params, returns, role }) => {
      const list = params.map((p) => `${p.type} ${p.name}`).join(", ");
      return `${modifiers[role]} ${returns} ${name}(${list})`;
    },
  },
};

/** @file Java: static methods, streams, String.format. */
import {
  cHeaders,
  cOperators,
  cRange,
  type FormatText,
  type Language,
  precedence,
  type QueryText,
  quote,
  type Rendered,
} from "../language.ts";

const checked = { database: "SQLException", io: "IOException", any: "Exception" } as const;

const modifiers = {
  function: "public static",
  helper: "private static",
  method: "public",
} as const;

const ends: Readonly<Record<QueryText["end"], (q: QueryText, mapped: string) => string>> = {
  toList: (_q, mapped) => `${mapped}.collect(Collectors.toList())`,
  count: (_q, mapped) => `(int) ${mapped}.count()`,
  sum: (q) => `${filtered(q)}.mapToInt(${q.item} -> ${q.select?.text ?? q.item}).sum()`,
  any: (q) => `${q.source}.stream().anyMatch(${q.item} -> ${q.where ?? "true"})`,
  all: (q) => `${q.source}.stream().allMatch(${q.item} -> ${q.where ?? "true"})`,
  join: (q, mapped) => `${mapped}.collect(Collectors.joining(${q.separator}))`,
};

function filtered(q: QueryText): string {
  const stream = `${q.source}.stream()`;
  return q.where === undefined ? stream : `${stream}.filter(${q.item} -> ${q.where})`;
}

function query(q: QueryText): Rendered {
  const mapped =
    q.select === undefined ? filtered(q) : `${filtered(q)}.map(${q.item} -> ${q.select.text})`;
  const text = ends[q.end](q, mapped);
  return { text, precedence: q.end === "count" ? precedence.prefix : precedence.primary };
}

function format(parts: readonly FormatText[]): string {
  const holes = { int: "%d", str: "%s" };
  const pattern = parts.map((part) =>
    typeof part === "string" ? part.replaceAll("%", "%%") : holes[part.type],
  );
  const values = parts.flatMap((part) => (typeof part === "string" ? [] : [part.value.text]));
  return `String.format(${[quote(pattern.join("")), ...values].join(", ")})`;
}

export const java: Language = {
  layout: "brace",
  indent: "    ",
  terminator: ";",
  functionCase: "camel",
  variableCase: "camel",
  types: {
    void: "void",
    int: "int",
    bool: "boolean",
    str: "String",
    char: "char",
    intList: "List<Integer>",
    strList: "List<String>",
    intMap: "Map<String, Integer>",
    strMap: "Map<String, String>",
    strSet: "Set<String>",
  },
  literals: { true: "true", false: "false", null: "null", self: "this", charQuote: "'" },
  field: "this.$0",
  sqlParameter: "?",
  operators: cOperators,
  not: ["!", precedence.prefix],
  conditional: { value: "$0 ? $1 : $2", precedence: precedence.conditional },
  library: {
    "str.length": "$0.length()",
    "str.isEmpty": "$0.isEmpty()",
    "str.upper": "$0.toUpperCase()",
    "str.lower": "$0.toLowerCase()",
    "str.trim": "$0.trim()",
    "str.contains": "$0.contains($1)",
    "str.startsWith": "$0.startsWith($1)",
    "str.endsWith": "$0.endsWith($1)",
    "str.replace": "$0.replace($1, $2)",
    "str.split": "Arrays.asList($0.split($1, -1))",
    "str.charAt": "$0.charAt($1)",
    "str.chars": "$0.toCharArray()",
    "str.equals": "$0.equals($1)",
    "str.reverse": "new StringBuilder($0).reverse().toString()",
    "char.isDigit": "Character.isDigit($0)",
    "char.isUpper": "Character.isUpperCase($0)",
    "int.toStr": "String.valueOf($0)",
    "int.parse": "Integer.parseInt($0)",
    "int.abs": "Math.abs($0)",
    "int.max": "Math.max($0, $1)",
    "int.min": "Math.min($0, $1)",
    "int.div": { value: "$0 / $1", precedence: precedence.product },
    "list.length": "$0.size()",
    "list.isEmpty": "$0.isEmpty()",
    "list.get": "$0.get($1)",
    "list.contains": "$0.contains($1)",
    "list.add!": "$0.add($1)",
    "list.sort!": "Collections.sort($0)",
    "list.reverse!": "Collections.reverse($0)",
    "list.join": "String.join($1, $0)",
    "map.has": "$0.containsKey($1)",
    "map.get": "$0.get($1)",
    "map.getOr": "$0.getOrDefault($1, $2)",
    "map.put!": "$0.put($1, $2)",
    "map.keys": "$0.keySet()",
    "set.length": "$0.size()",
    "set.has": "$0.contains($1)",
    "set.add!": "$0.add($1)",
    isNull: { value: "$0 == null", precedence: precedence.equality },
    "log!": "logger.info($0)",
  },
  negated: { isNull: { value: "$0 != null", precedence: precedence.equality } },
  empty: (type) => `new ${collections[type] ?? type}<>()`,
  format,
  query,
  declare: ({ type, name, value }) => `${type} ${name} = ${value};`,
  increment: "$0++",
  raise: "throw new IllegalArgumentException($0)",
  headers: {
    ...cHeaders,
    range: cRange("int"),
    each: ({ item, type, source }) => `for (${type} ${item} : ${source})`,
    signature: ({ name, params, returns, role, raises }) => {
      const list = params.map((p) => `${p.type} ${p.name}`).join(", ");
      const failure = raises === undefined ? "" : ` throws ${checked[raises]}`;
      return `${modifiers[role]} ${returns} ${name}(${list})${failure}`;
    },
  },
};

const collections: Readonly<Record<string, string>> = {
  "List<Integer>": "ArrayList",
  "List<String>": "ArrayList",
  "Map<String, Integer>": "HashMap",
  "Map<String, String>": "HashMap",
  "Set<String>": "HashSet",
};

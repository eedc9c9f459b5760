/** @file JavaScript: function declarations, array methods, Map and Set, template literals. */
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

const ends: Readonly<Record<QueryText["end"], (q: QueryText) => string>> = {
  toList: (q) => mapped(q),
  count: (q) => `${filtered(q)}.length`,
  sum: (q) => {
    const term = q.select === undefined ? q.item : wrap(q.select, precedence.product);
    return `${filtered(q)}.reduce((acc, ${q.item}) => acc + ${term}, 0)`;
  },
  any: (q) => `${q.source}.some((${q.item}) => ${q.where ?? "true"})`,
  all: (q) => `${q.source}.every((${q.item}) => ${q.where ?? "true"})`,
  join: (q) => `${mapped(q)}.join(${q.separator})`,
};

function filtered(q: QueryText): string {
  return q.where === undefined ? q.source : `${q.source}.filter((${q.item}) => ${q.where})`;
}

function mapped(q: QueryText): string {
  const where = filtered(q);
  return q.select === undefined ? where : `${where}.map((${q.item}) => ${q.select.text})`;
}

function format(parts: readonly FormatText[]): string {
  const texts = parts.map((part) =>
    typeof part === "string" ? part.replace(/[\\`$]/g, "\\$&") : `\${${part.value.text}}`,
  );
  return `\`${texts.join("")}\``;
}

export const javascript: Language = {
  layout: "brace",
  indent: "  ",
  terminator: ";",
  functionCase: "camel",
  variableCase: "camel",
  types: {
    void: "",
    int: "",
    bool: "",
    str: "",
    char: "",
    intList: "Array",
    strList: "Array",
    intMap: "Map",
    strMap: "Map",
    strSet: "Set",
  },
  literals: { true: "true", false: "false", null: "null", self: "this", charQuote: '"' },
  field: "this.$0",
  sqlParameter: "?",
  operators: { ...cOperators, eq: ["===", precedence.equality], ne: ["!==", precedence.equality] },
  not: ["!", precedence.prefix],
  conditional: { value: "$0 ? $1 : $2", precedence: precedence.conditional },
  library: {
    "str.length": "$0.length",
    "str.isEmpty": { value: "$0.length === 0", precedence: precedence.equality },
    "str.upper": "$0.toUpperCase()",
    "str.lower": "$0.toLowerCase()",
    "str.trim": "$0.trim()",
    "str.contains": "$0.includes($1)",
    "str.startsWith": "$0.startsWith($1)",
    "str.endsWith": "$0.endsWith($1)",
    "str.replace": "$0.replaceAll($1, $2)",
    "str.split": "$0.split($1)",
    "str.charAt": "$0[$1]",
    "str.chars": "$0",
    "str.equals": { value: "$0 === $1", precedence: precedence.equality },
    "str.reverse": '$0.split("").reverse().join("")',
    "char.isDigit": "/\\d/.test($0)",
    "char.isUpper": "/[A-Z]/.test($0)",
    "int.toStr": "String($0)",
    "int.parse": "parseInt($0, 10)",
    "int.abs": "Math.abs($0)",
    "int.max": "Math.max($0, $1)",
    "int.min": "Math.min($0, $1)",
    "int.div": { value: "Math.floor($0 / $1)", inside: precedence.prefix },
    "list.length": "$0.length",
    "list.isEmpty": { value: "$0.length === 0", precedence: precedence.equality },
    "list.get": "$0[$1]",
    "list.contains": "$0.includes($1)",
    "list.add!": "$0.push($1)",
    "list.sort!": "$0.sort((a, b) => a - b)",
    "list.reverse!": "$0.reverse()",
    "list.join": "$0.join($1)",
    "map.has": "$0.has($1)",
    "map.get": "$0.get($1)",
    "map.getOr": { value: "$0.get($1) ?? $2", precedence: precedence.or - 0.5 },
    "map.put!": "$0.set($1, $2)",
    "map.keys": "$0.keys()",
    "set.length": "$0.size",
    "set.has": "$0.has($1)",
    "set.add!": "$0.add($1)",
    isNull: { value: "$0 === null", precedence: precedence.equality },
    "log!": "logger.info($0)",
  },
  negated: {
    isNull: { value: "$0 !== null", precedence: precedence.equality },
    "str.isEmpty": { value: "$0.length > 0", precedence: precedence.comparison },
    "list.isEmpty": { value: "$0.length > 0", precedence: precedence.comparison },
    "str.equals": { value: "$0 !== $1", precedence: precedence.equality },
  },
  empty: (type) => (type === "Array" ? "[]" : `new ${type}()`),
  format,
  query: (q) => primary(ends[q.end](q)),
  declare: ({ name, value, isMutable }) => `${isMutable ? "let" : "const"} ${name} = ${value};`,
  increment: "$0++",
  raise: "throw new Error($0)",
  headers: {
    ...cHeaders,
    range: cRange("let"),
    each: ({ item, source }) => `for (const ${item} of ${source})`,
    signature: ({ name, params, role }) => {
      const list = params.map((p) => p.name).join(", ");
      return `${role === "method" ? "" : "function "}${name}(${list})`;
    },
  },
};

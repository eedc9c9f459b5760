/** @file Python: snake case, comprehensions, f-strings, blocks by indentation. */
import {
  type FormatText,
  type Language,
  precedence,
  primary,
  type QueryText,
  quote,
} from "../language.ts";

const relation = precedence.comparison;

const ends: Readonly<Record<QueryText["end"], (q: QueryText) => string>> = {
  toList: (q) => `[${clause(q, q.item)}]`,
  count: (q) => `sum(${clause({ ...q, select: primary("1") }, "1")})`,
  sum: (q) =>
    q.where === undefined && q.select === undefined
      ? `sum(${q.source})`
      : `sum(${clause(q, q.item)})`,
  any: (q) => `any(${q.where ?? "True"} for ${q.item} in ${q.source})`,
  all: (q) => `all(${q.where ?? "True"} for ${q.item} in ${q.source})`,
  join: (q) => `${q.separator}.join(${clause(q, q.item)})`,
};

function clause(q: QueryText, fallback: string): string {
  const where = q.where === undefined ? "" : ` if ${q.where}`;
  return `${q.select?.text ?? fallback} for ${q.item} in ${q.source}${where}`;
}

function format(parts: readonly FormatText[]): string {
  const texts = parts.map((part) =>
    typeof part === "string"
      ? quote(part).slice(1, -1).replace(/[{}]/g, "$&$&")
      : `{${part.value.text}}`,
  );
  return `f"${texts.join("")}"`;
}

export const python: Language = {
  layout: "colon",
  indent: "    ",
  terminator: "",
  functionCase: "snake",
  variableCase: "snake",
  types: {
    void: "",
    int: "",
    bool: "",
    str: "",
    char: "",
    intList: "[]",
    strList: "[]",
    intMap: "{}",
    strMap: "{}",
    strSet: "set()",
  },
  literals: { true: "True", false: "False", null: "None", self: "self", charQuote: '"' },
  field: "self.$0",
  sqlParameter: "?",
  operators: {
    add: ["+", precedence.sum],
    sub: ["-", precedence.sum],
    concat: ["+", precedence.sum],
    mul: ["*", precedence.product],
    mod: ["%", precedence.product],
    eq: ["==", relation],
    ne: ["!=", relation],
    lt: ["<", relation],
    le: ["<=", relation],
    gt: [">", relation],
    ge: [">=", relation],
    and: ["and", precedence.and],
    or: ["or", precedence.or],
  },
  not: ["not ", precedence.not],
  conditional: { value: "$1 if $0 else $2", precedence: precedence.conditional },
  library: {
    "str.length": "len($0)",
    "str.isEmpty": { value: "len($0) == 0", precedence: relation },
    "str.upper": "$0.upper()",
    "str.lower": "$0.lower()",
    "str.trim": "$0.strip()",
    "str.contains": { value: "$1 in $0", precedence: relation },
    "str.startsWith": "$0.startswith($1)",
    "str.endsWith": "$0.endswith($1)",
    "str.replace": "$0.replace($1, $2)",
    "str.split": "$0.split($1)",
    "str.charAt": "$0[$1]",
    "str.chars": "$0",
    "str.equals": { value: "$0 == $1", precedence: relation },
    "str.reverse": "$0[::-1]",
    "char.isDigit": "$0.isdigit()",
    "char.isUpper": "$0.isupper()",
    "int.toStr": "str($0)",
    "int.parse": "int($0)",
    "int.abs": "abs($0)",
    "int.max": "max($0, $1)",
    "int.min": "min($0, $1)",
    "int.div": { value: "$0 // $1", precedence: precedence.product },
    "list.length": "len($0)",
    "list.isEmpty": { value: "len($0) == 0", precedence: relation },
    "list.get": "$0[$1]",
    "list.contains": { value: "$1 in $0", precedence: relation },
    "list.add!": "$0.append($1)",
    "list.sort!": "$0.sort()",
    "list.reverse!": "$0.reverse()",
    "list.join": "$1.join($0)",
    "map.has": { value: "$1 in $0", precedence: relation },
    "map.get": "$0[$1]",
    "map.getOr": "$0.get($1, $2)",
    "map.put!": "$0[$1] = $2",
    "map.keys": "$0",
    "set.length": "len($0)",
    "set.has": { value: "$1 in $0", precedence: relation },
    "set.add!": "$0.add($1)",
    isNull: { value: "$0 is None", precedence: relation },
    "log!": "logger.info($0)",
  },
  negated: {
    isNull: { value: "$0 is not None", precedence: relation },
    "str.isEmpty": { value: "len($0) > 0", precedence: relation },
    "list.isEmpty": { value: "len($0) > 0", precedence: relation },
    "str.equals": { value: "$0 != $1", precedence: relation },
    "str.contains": { value: "$1 not in $0", precedence: relation },
    "list.contains": { value: "$1 not in $0", precedence: relation },
    "map.has": { value: "$1 not in $0", precedence: relation },
    "set.has": { value: "$1 not in $0", precedence: relation },
  },
  empty: (type) => type,
  format,
  query: (q) => primary(ends[q.end](q)),
  declare: ({ name, value }) => `${name} = ${value}`,
  increment: "$0 += 1",
  raise: "raise ValueError($0)",
  headers: {
    if: "if $0",
    elseIf: "elif $0",
    else: "else",
    while: "while $0",
    range: ({ item, from, limit }) =>
      `for ${item} in range(${from === "0" ? limit : `${from}, ${limit}`})`,
    each: ({ item, source }) => `for ${item} in ${source}`,
    signature: ({ name, params, role }) => {
      const names = params.map((p) => p.name);
      return `def ${name}(${(role === "method" ? ["self", ...names] : names).join(", ")})`;
    },
  },
};

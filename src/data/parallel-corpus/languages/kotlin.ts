/** @file Kotlin; requests by the servlet API. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const kotlin: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: "",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "pascal",
  types: {
    text: "String",
    int: "Int",
    flag: "Boolean",
    texts: "List<String>",
    choices: "Set<String>",
  },
  parameter: (name, type) => `${name}: ${type}`,
  head: ({ name, params, returns }) =>
    `fun ${name}(${params})${returns === "" ? "" : `: ${returns}`}`,
  declare: ({ name, value, isMutable }) => `${isMutable ? "var" : "val"} ${name} = ${value}`,
  concat: joined("+"),
  format: interpolated('"', '"', (value) => `\${${value}}`),
  list: (items) => `listOf(${items.join(", ")})`,
  choices: (items) => `setOf(${items.join(", ")})`,
  record: {
    declare: (name, fields) => [
      `data class ${name}(${fields.map((field) => `val ${field.name}: ${field.type}`).join(", ")})`,
    ],
    make: (name, fields) => `${name}(${fields.map(({ value }) => value).join(", ")})`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `for (${item} in ${list})`,
  log: (message, value) =>
    value === undefined ? `println("${message}")` : `println("${message} " + ${value.text})`,
  raise: (message) => `throw IllegalArgumentException(${message})`,
  request: {
    type: "HttpServletRequest",
    reads: ["@0.getParameter($0)", "@0.getHeader($0)", "@0.getPart($0).submittedFileName"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$1 in $0",
    lacks: "$1 !in $0",
    matches: '$0.matches(Regex("[a-z0-9]+"))',
    differs: '!$0.matches(Regex("[a-z0-9]+"))',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.length > $1",
    trim: "$0.trim()",
    lower: "$0.lowercase()",
    strip: '$0.replace(Regex("[^a-z0-9]"), "")',
    clamp: "minOf($0, $1)",
    setting: "System.getenv($0)",
    parse: "$0.toInt()",
    add: "$0 + $1",
  },
};

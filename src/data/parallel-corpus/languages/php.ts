/** @file PHP 8; requests by the superglobals. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const php: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: ";",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "pascal",
  sigil: "$",
  types: { text: "string", int: "int", flag: "bool", texts: "array", choices: "array" },
  parameter: (name, type) => (type === "" ? name : `${type} ${name}`),
  head: ({ name, params, returns }) => `function ${name}(${params}): ${returns || "void"}`,
  declare: ({ name, value }) => `${name} = ${value};`,
  concat: joined("."),
  format: interpolated('"', '"', (value) => `{${value}}`),
  list: (items) => `[${items.join(", ")}]`,
  record: {
    make: (_name, fields) =>
      `(object) [${fields.map(({ name, value }) => `"${name}" => ${value}`).join(", ")}]`,
    get: (of, field) => `${of}->${field}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `foreach (${list} as ${item})`,
  log: (message, value) =>
    value === undefined ? `error_log("${message}")` : `error_log("${message} " . ${value.text})`,
  raise: (message) => `throw new InvalidArgumentException(${message})`,
  request: {
    reads: ["$$_GET[$0]", "$$_POST[$0]", "$$_COOKIE[$0]", "$$_REQUEST[$0]"],
  },
  operations: {
    element: "$0[$1]",
    contains: "in_array($1, $0, true)",
    lacks: "!in_array($1, $0, true)",
    matches: 'preg_match("/^[a-z0-9]+$$/D", $0)',
    differs: '!preg_match("/^[a-z0-9]+$$/D", $0)',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "strlen($0) > $1",
    trim: "trim($0)",
    lower: "strtolower($0)",
    strip: 'preg_replace("/[^a-z0-9]/", "", $0)',
    clamp: "min($0, $1)",
    setting: "getenv($0)",
    parse: "intval($0)",
    add: "$0 + $1",
  },
};

/** @file JavaScript for Node; requests by Express. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const javascript: Idioms = {
  layout: "brace",
  indent: "  ",
  terminator: ";",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "pascal",
  types: { text: "", int: "", flag: "", texts: "", choices: "" },
  parameter: (name) => name,
  head: ({ name, params }) => `function ${name}(${params})`,
  declare: ({ name, value, isMutable }) => `${isMutable ? "let" : "const"} ${name} = ${value};`,
  concat: joined("+"),
  format: interpolated("`", "`", (value) => `\${${value}}`),
  list: (items) => `[${items.join(", ")}]`,
  record: {
    make: (_name, fields) =>
      `{ ${fields.map(({ name, value }) => `${name}: ${value}`).join(", ")} }`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `for (const ${item} of ${list})`,
  log: (message, value) =>
    value === undefined ? `console.log("${message}")` : `console.log("${message}", ${value.text})`,
  raise: (message) => `throw new Error(${message})`,
  request: {
    type: "Request",
    reads: ["@0.query.^0", "@0.body.^0", "@0.params.^0", "@0.get($0)"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.includes($1)",
    lacks: "!$0.includes($1)",
    matches: "/^[a-z0-9]+$$/.test($0)",
    differs: "!/^[a-z0-9]+$$/.test($0)",
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.length > $1",
    trim: "$0.trim()",
    lower: "$0.toLowerCase()",
    strip: '$0.replace(/[^a-z0-9]/g, "")',
    clamp: "Math.min($0, $1)",
    setting: "process.env.^0",
    parse: "Number.parseInt($0, 10)",
    add: "$0 + $1",
  },
};

/** @file Swift; requests by Vapor. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const swift: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: "",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "pascal",
  types: { text: "String", int: "UInt32", flag: "Bool", texts: "[String]", choices: "[String]" },
  parameter: (name, type) => `_ ${name}: ${type}`,
  head: ({ name, params, returns, canFail }) =>
    `func ${name}(${params})${canFail ? " throws" : ""}${returns === "" ? "" : ` -> ${returns}`}`,
  declare: ({ name, value, isMutable }) => `${isMutable ? "var" : "let"} ${name} = ${value}`,
  concat: joined("+"),
  format: interpolated('"', '"', (value) => `\\(${value})`),
  list: (items) => `[${items.join(", ")}]`,
  record: {
    declare: (name, fields) => [
      `struct ${name} {`,
      ...fields.map((field) => `    let ${field.name}: ${field.type}`),
      "}",
    ],
    make: (name, fields) =>
      `${name}(${fields.map((field) => `${field.name}: ${field.value}`).join(", ")})`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if ${test}`,
  eachHead: (item, list) => `for ${item} in ${list}`,
  log: (message, value) =>
    value === undefined ? `print("${message}")` : `print("${message}", ${value.text})`,
  raise: (message) => `throw Abort(.badRequest, reason: ${message})`,
  attempt: (call) => `try ${call}`,
  request: {
    type: "Request",
    reads: [
      '@0.query[$0] ?? ""',
      '(try? @0.content.get(at: $0)) ?? ""',
      '@0.headers.first(name: $0) ?? ""',
      '@0.parameters.get($0) ?? ""',
    ],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.contains($1)",
    lacks: "!$0.contains($1)",
    matches: "$0.allSatisfy(\\.isLetter)",
    differs: "!$0.allSatisfy(\\.isLetter)",
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.count > $1",
    trim: "$0.trimmingCharacters(in: .whitespaces)",
    lower: "$0.lowercased()",
    strip: "$0.filter(\\.isLetter)",
    clamp: "min($0, $1)",
    setting: 'Environment.get($0) ?? ""',
    parse: "UInt32($0) ?? 0",
    add: "$0 + $1",
  },
};

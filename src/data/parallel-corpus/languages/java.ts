/** @file Java; requests by the servlet API. */
import { type Idioms, joined, patterned } from "../idioms.ts";

export const java: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: ";",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "pascal",
  types: {
    text: "String",
    int: "int",
    flag: "boolean",
    texts: "List<String>",
    choices: "Set<String>",
  },
  parameter: (name, type) => `${type} ${name}`,
  head: ({ name, params, returns, canFail }) =>
    `static ${returns || "void"} ${name}(${params})${canFail ? " throws Exception" : ""}`,
  declare: ({ name, type, value }) => `${type} ${name} = ${value};`,
  concat: joined("+"),
  format: patterned("String.format", (isInt) => (isInt ? "%d" : "%s")),
  list: (items) => `List.of(${items.join(", ")})`,
  choices: (items) => `Set.of(${items.join(", ")})`,
  record: {
    declare: (name, fields) => [
      `record ${name}(${fields.map((field) => `${field.type} ${field.name}`).join(", ")}) {}`,
    ],
    make: (name, fields) => `new ${name}(${fields.map(({ value }) => value).join(", ")})`,
    get: (of, field) => `${of}.${field}()`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `for (String ${item} : ${list})`,
  log: (message, value) =>
    value === undefined ? `log.info("${message}")` : `log.info("${message} {}", ${value.text})`,
  raise: (message) => `throw new IllegalArgumentException(${message})`,
  request: {
    type: "HttpServletRequest",
    reads: ["@0.getParameter($0)", "@0.getHeader($0)", "@0.getPart($0).getSubmittedFileName()"],
  },
  operations: {
    element: "$0.get($1)",
    contains: "$0.contains($1)",
    lacks: "!$0.contains($1)",
    matches: '$0.matches("[a-z0-9]+")',
    differs: '!$0.matches("[a-z0-9]+")',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.length() > $1",
    trim: "$0.trim()",
    lower: "$0.toLowerCase(Locale.ROOT)",
    strip: '$0.replaceAll("[^a-z0-9]", "")',
    clamp: "Math.min($0, $1)",
    setting: "System.getenv($0)",
    parse: "Integer.parseInt($0)",
    add: "$0 + $1",
  },
};

/** @file Ruby; requests by Rails. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const ruby: Idioms = {
  layout: "end",
  indent: "  ",
  terminator: "",
  functionCase: "snake",
  variableCase: "snake",
  fieldCase: "snake",
  typeCase: "pascal",
  types: { text: "", int: "", flag: "", texts: "", choices: "" },
  parameter: (name) => name,
  head: ({ name, params }) => `def ${name}${params === "" ? "" : `(${params})`}`,
  declare: ({ name, value }) => `${name} = ${value}`,
  concat: joined("+"),
  format: interpolated('"', '"', (value) => `#{${value}}`),
  list: (items) => `[${items.join(", ")}]`,
  record: {
    make: (_name, fields) =>
      `OpenStruct.new(${fields.map(({ name, value }) => `${name}: ${value}`).join(", ")})`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if ${test}`,
  eachHead: (item, list) => `for ${item} in ${list}`,
  log: (message, value) =>
    value === undefined
      ? `Rails.logger.info("${message}")`
      : `Rails.logger.info("${message} #{${value.text}}")`,
  raise: (message) => `raise ArgumentError, ${message}`,
  request: {
    type: "request",
    reads: ["@0.params[$0]", "@0.GET[$0]", "@0.cookies[$0]", "@0.get_header($0)"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.include?($1)",
    lacks: "!$0.include?($1)",
    matches: "$0.match?(/\\A[a-z0-9]+\\z/)",
    differs: "!$0.match?(/\\A[a-z0-9]+\\z/)",
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.length > $1",
    trim: "$0.strip",
    lower: "$0.downcase",
    strip: '$0.gsub(/[^a-z0-9]/, "")',
    clamp: "[$0, $1].min",
    setting: "ENV.fetch($0)",
    parse: "Integer($0)",
    add: "$0 + $1",
  },
};

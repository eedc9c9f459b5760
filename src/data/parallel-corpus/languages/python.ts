/** @file Python 3; requests by Flask. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const python: Idioms = {
  layout: "colon",
  indent: "    ",
  terminator: "",
  functionCase: "snake",
  variableCase: "snake",
  fieldCase: "snake",
  typeCase: "pascal",
  types: { text: "", int: "", flag: "", texts: "", choices: "" },
  parameter: (name) => name,
  head: ({ name, params }) => `def ${name}(${params})`,
  declare: ({ name, value }) => `${name} = ${value}`,
  concat: joined("+"),
  format: interpolated('f"', '"', (value) => `{${value}}`),
  list: (items) => `[${items.join(", ")}]`,
  choices: (items) => `{${items.join(", ")}}`,
  record: {
    make: (_name, fields) =>
      `SimpleNamespace(${fields.map(({ name, value }) => `${name}=${value}`).join(", ")})`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if ${test}`,
  eachHead: (item, list) => `for ${item} in ${list}`,
  log: (message, value) =>
    value === undefined
      ? `logging.info("${message}")`
      : `logging.info("${message} %s", ${value.text})`,
  raise: (message) => `raise ValueError(${message})`,
  request: {
    type: "request",
    reads: ["@0.args.get($0)", "@0.form[$0]", "@0.headers.get($0)", "@0.cookies[$0]"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$1 in $0",
    lacks: "$1 not in $0",
    matches: 're.fullmatch("[a-z0-9]+", $0)',
    differs: 'not re.fullmatch("[a-z0-9]+", $0)',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "len($0) > $1",
    trim: "$0.strip()",
    lower: "$0.lower()",
    strip: 're.sub("[^a-z0-9]", "", $0)',
    clamp: "min($0, $1)",
    setting: "os.environ[$0]",
    parse: "int($0)",
    add: "$0 + $1",
  },
};

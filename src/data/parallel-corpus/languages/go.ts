/** @file Go: errors are values beside the result; requests by net/http. */
import { type Idioms, joined, patterned } from "../idioms.ts";

/** What stands for no result of a type. */
const zeroOf = (type: string): string => (type === "string" ? '""' : "nil");

const failure = (returns: string, error: string): string =>
  returns === "" ? `return ${error}` : `return ${zeroOf(returns)}, ${error}`;

function resultOf(returns: string, canFail: boolean): string {
  if (!canFail) return returns === "" ? "" : ` ${returns}`;
  return returns === "" ? " error" : ` (${returns}, error)`;
}

export const go: Idioms = {
  layout: "brace",
  indent: "\t",
  terminator: "",
  functionCase: "camel",
  variableCase: "camel",
  fieldCase: "camel",
  typeCase: "camel",
  types: { text: "string", int: "uint32", flag: "bool", texts: "[]string", choices: "[]string" },
  parameter: (name, type) => `${name} ${type}`,
  head: ({ name, params, returns, canFail }) =>
    `func ${name}(${params})${resultOf(returns, canFail)}`,
  declare: ({ name, value }) => `${name} := ${value}`,
  concat: joined("+"),
  format: patterned("fmt.Sprintf", (isInt) => (isInt ? "%d" : "%s")),
  list: (items) => `[]string{${items.join(", ")}}`,
  record: {
    declare: (name, fields) => [
      `type ${name} struct {`,
      ...fields.map((field) => `\t${field.name} ${field.type}`),
      "}",
    ],
    make: (name, fields) =>
      `${name}{${fields.map((field) => `${field.name}: ${field.value}`).join(", ")}}`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if ${test}`,
  eachHead: (item, list) => `for _, ${item} := range ${list}`,
  log: (message, value) =>
    value === undefined ? `log.Print("${message}")` : `log.Printf("${message} %v", ${value.text})`,
  raise: (message, returns) => failure(returns, `errors.New(${message})`),
  give: (value, canFail) => {
    if (value === undefined) return canFail ? "return nil" : "return";
    return `return ${value}${canFail ? ", nil" : ""}`;
  },
  finish: "return nil",
  check: (name, value, returns) => [
    ...(name === undefined
      ? [`if err := ${value}; err != nil {`]
      : [`${name}, err := ${value}`, "if err != nil {"]),
    `\t${failure(returns, "err")}`,
    "}",
  ],
  request: {
    type: "*http.Request",
    reads: ["@0.URL.Query().Get($0)", "@0.FormValue($0)", "@0.Header.Get($0)", "@0.PathValue($0)"],
  },
  operations: {
    element: "$0[$1]",
    contains: "slices.Contains($0, $1)",
    lacks: "!slices.Contains($0, $1)",
    matches: 'regexp.MustCompile("^[a-z0-9]+$$").MatchString($0)',
    differs: '!regexp.MustCompile("^[a-z0-9]+$$").MatchString($0)',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "len($0) > $1",
    trim: "strings.TrimSpace($0)",
    lower: "strings.ToLower($0)",
    strip: 'regexp.MustCompile("[^a-z0-9]").ReplaceAllString($0, "")',
    clamp: "min($0, $1)",
    setting: "os.Getenv($0)",
    parse: "parseCount($0)",
    add: "$0 + $1",
  },
};

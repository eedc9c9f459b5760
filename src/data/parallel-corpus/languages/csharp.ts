/** @file C#; requests by ASP.NET Core. */
import { type Idioms, interpolated, joined } from "../idioms.ts";

export const csharp: Idioms = {
  layout: "allman",
  indent: "    ",
  terminator: ";",
  functionCase: "pascal",
  variableCase: "camel",
  fieldCase: "pascal",
  typeCase: "pascal",
  types: { text: "string", int: "uint", flag: "bool", texts: "string[]", choices: "string[]" },
  parameter: (name, type) => `${type} ${name}`,
  head: ({ name, params, returns }) => `static ${returns || "void"} ${name}(${params})`,
  declare: ({ name, type, value, isList }) => `${isList ? "var" : type} ${name} = ${value};`,
  concat: joined("+"),
  format: interpolated('$"', '"', (value) => `{${value}}`),
  list: (items) => `new[] { ${items.join(", ")} }`,
  record: {
    declare: (name, fields) => [
      `record ${name}(${fields.map((field) => `${field.type} ${field.name}`).join(", ")});`,
    ],
    make: (name, fields) => `new ${name}(${fields.map(({ value }) => value).join(", ")})`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `foreach (var ${item} in ${list})`,
  log: (message, value) =>
    value === undefined
      ? `Console.WriteLine("${message}")`
      : `Console.WriteLine("${message} " + ${value.text})`,
  raise: (message) => `throw new ArgumentException(${message})`,
  request: {
    type: "HttpRequest",
    reads: ["@0.Query[$0]", "@0.Form[$0]", "@0.Headers[$0]", "@0.Cookies[$0]"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.Contains($1)",
    lacks: "!$0.Contains($1)",
    matches: 'Regex.IsMatch($0, "^[a-z0-9]+$$")',
    differs: '!Regex.IsMatch($0, "^[a-z0-9]+$$")',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.Length > $1",
    trim: "$0.Trim()",
    lower: "$0.ToLowerInvariant()",
    strip: 'Regex.Replace($0, "[^a-z0-9]", "")',
    clamp: "Math.Min($0, $1)",
    setting: "Environment.GetEnvironmentVariable($0)",
    parse: "uint.Parse($0)",
    add: "$0 + $1",
  },
};

/** @file C++20; requests by cpp-httplib. */
import { type Idioms, joined, patterned, quote } from "../idioms.ts";

const join = (type: string, name: string): string =>
  /[*&]$/.test(type) ? `${type}${name}` : `${type} ${name}`;

export const cpp: Idioms = {
  layout: "brace",
  indent: "  ",
  terminator: ";",
  functionCase: "snake",
  variableCase: "snake",
  fieldCase: "snake",
  typeCase: "pascal",
  types: {
    text: "std::string",
    int: "unsigned",
    flag: "bool",
    texts: "std::vector<std::string>",
    choices: "const std::set<std::string>",
  },
  parameterTypes: { text: "const std::string &" },
  parameter: (name, type) => join(type, name),
  head: ({ name, params, returns }) => `${join(returns || "void", name)}(${params})`,
  declare: ({ name, type, value, isMutable, isList }) => {
    if (isList) return `${type} ${name}${value};`;
    const isFixed = !isMutable && (type === "std::string" || type === "unsigned");
    return `${isFixed ? "const " : ""}${join(type, name)} = ${value};`;
  },
  concat: joined("+"),
  format: patterned("std::format", () => "{}"),
  list: (items) => `{${items.join(", ")}}`,
  record: {
    declare: (name, fields) => [
      `struct ${name} {`,
      ...fields.map((field) => `  ${field.type} ${field.name};`),
      "};",
    ],
    make: (name, fields) => `${name}{${fields.map(({ value }) => value).join(", ")}}`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) => `for (const auto &${item} : ${list})`,
  log: (message, value) =>
    value === undefined
      ? `spdlog::info("${message}")`
      : `spdlog::info("${message} {}", ${value.text})`,
  raise: (message) => `throw std::runtime_error(${message})`,
  request: {
    type: "const httplib::Request &",
    reads: ["@0.get_param_value($0)", "@0.get_header_value($0)", "@0.path_params.at($0)"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.contains($1)",
    lacks: "!$0.contains($1)",
    matches: 'std::regex_match($0, std::regex("[a-z0-9]+"))',
    differs: '!std::regex_match($0, std::regex("[a-z0-9]+"))',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.size() > $1",
    trim: "boost::trim_copy($0)",
    lower: "boost::to_lower_copy($0)",
    strip: `std::regex_replace($0, std::regex("[^a-z0-9]"), ${quote("")})`,
    clamp: "std::min($0, $1u)",
    setting: "std::string(std::getenv($0))",
    parse: "static_cast<unsigned>(std::stoul($0))",
    add: "$0 + $1",
  },
};

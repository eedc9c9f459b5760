/** @file C with GLib; requests by libmicrohttpd. */
import { type Idioms, patterned, quote } from "../idioms.ts";

const join = (type: string, name: string): string =>
  type.endsWith("*") ? `${type}${name}` : `${type} ${name}`;

export const c: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: ";",
  functionCase: "snake",
  variableCase: "snake",
  fieldCase: "snake",
  typeCase: "snake",
  types: {
    text: "const char *",
    int: "unsigned int",
    flag: "bool",
    texts: "const char *",
    choices: "const char *",
  },
  parameter: (name, type) => join(type, name),
  head: ({ name, params, returns }) => `${join(returns || "void", name)}(${params || "void"})`,
  declare: ({ name, type, value, isList }) =>
    `${join(type, name)}${isList ? "[]" : ""} = ${value};`,
  concat: (parts) =>
    `g_strconcat(${parts.map((part) => ("literal" in part ? quote(part.literal) : part.value)).join(", ")}, NULL)`,
  format: patterned("g_strdup_printf", (isInt) => (isInt ? "%u" : "%s")),
  list: (items) => `{ ${items.join(", ")}, NULL }`,
  record: {
    declare: (name, fields) => [
      `struct ${name} {`,
      ...fields.map((field) => `    ${join(field.type, field.name)};`),
      "};",
    ],
    make: (_name, fields) =>
      `{ ${fields.map(({ name, value }) => `.${name} = ${value}`).join(", ")} }`,
    get: (of, field) => `${of}.${field}`,
    type: (name) => `struct ${name}`,
  },
  ifHead: (test) => `if (${test})`,
  eachHead: (item, list) =>
    `for (const char **next = ${list}, *${item}; (${item} = *next) != NULL; next++)`,
  log: (message, value) =>
    value === undefined
      ? `g_message("${message}")`
      : `g_message("${message} ${value.isInt ? "%u" : "%s"}", ${value.text})`,
  raise: (_message, returns) => (returns === "" ? "return" : "return NULL"),
  request: {
    type: "struct MHD_Connection *",
    reads: [
      "MHD_lookup_connection_value(@0, MHD_GET_ARGUMENT_KIND, $0)",
      "MHD_lookup_connection_value(@0, MHD_HEADER_KIND, $0)",
      "MHD_lookup_connection_value(@0, MHD_COOKIE_KIND, $0)",
    ],
  },
  operations: {
    element: "$0[$1]",
    contains: "g_strv_contains($0, $1)",
    lacks: "!g_strv_contains($0, $1)",
    matches: 'g_regex_match_simple("^[a-z0-9]+$$", $0, 0, 0)',
    differs: '!g_regex_match_simple("^[a-z0-9]+$$", $0, 0, 0)',
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "strlen($0) > $1",
    trim: "g_strstrip(g_strdup($0))",
    lower: "g_ascii_strdown($0, -1)",
    strip: "g_strcanon(g_strdup($0), LETTERS_AND_DIGITS, '_')",
    clamp: "MIN($0, $1)",
    setting: "g_getenv($0)",
    parse: "strtoul($0, NULL, 10)",
    add: "$0 + $1",
  },
};

/** @file Rust: texts are owned or borrowed, errors are results; requests by actix-web. */
import { type Idioms, patterned, quote } from "../idioms.ts";

export const rust: Idioms = {
  layout: "brace",
  indent: "    ",
  terminator: ";",
  functionCase: "snake",
  variableCase: "snake",
  fieldCase: "snake",
  typeCase: "pascal",
  types: { text: "String", int: "u32", flag: "bool", texts: "Vec<String>", choices: "[&str]" },
  parameterTypes: { text: "&str" },
  parameter: (name, type) => `${name}: ${type}`,
  head: ({ name, params, returns, canFail }) => {
    const result = canFail ? `Result<${returns || "()"}, Box<dyn Error>>` : returns;
    return `fn ${name}(${params})${result === "" ? "" : ` -> ${result}`}`;
  },
  declare: ({ name, value, isMutable }) => `let ${isMutable ? "mut " : ""}${name} = ${value};`,
  own: (text) => `${text}.to_string()`,
  lend: (text) => `&${text}`,
  concat: (parts) => {
    const items = parts.map((part) => ("literal" in part ? quote(part.literal) : `&${part.value}`));
    return `[${items.join(", ")}].concat()`;
  },
  format: patterned("format!", () => "{}"),
  list: (items) => `vec![${items.join(", ")}]`,
  choices: (items) => `[${items.join(", ")}]`,
  record: {
    declare: (name, fields) => [
      `struct ${name} {`,
      ...fields.map((field) => `    ${field.name}: ${field.type},`),
      "}",
    ],
    make: (name, fields) =>
      `${name} { ${fields.map((field) => `${field.name}: ${field.value}`).join(", ")} }`,
    get: (of, field) => `${of}.${field}`,
  },
  ifHead: (test) => `if ${test}`,
  eachHead: (item, list) => `for ${item} in &${list}`,
  log: (message, value) =>
    value === undefined ? `log::info!("${message}")` : `log::info!("${message} {}", ${value.text})`,
  raise: (message) => `return Err(${message}.into())`,
  give: (value, canFail) => {
    if (!canFail) return value === undefined ? "return" : `return ${value}`;
    return `return Ok(${value ?? "()"})`;
  },
  finish: "Ok(())",
  attempt: (call) => `${call}?`,
  request: {
    type: "&Form<HashMap<String, String>>",
    reads: ["@0[$0].clone()", "@0.get($0).cloned().unwrap_or_default()"],
  },
  operations: {
    element: "$0[$1]",
    contains: "$0.iter().any(|known| *known == $1)",
    lacks: "!$0.iter().any(|known| *known == $1)",
    matches: "$0.chars().all(|c| c.is_ascii_alphanumeric())",
    differs: "!$0.chars().all(|c| c.is_ascii_alphanumeric())",
    below: "$0 < $1",
    reaches: "$0 >= $1",
    longer: "$0.len() > $1",
    trim: "$0.trim().to_string()",
    lower: "$0.to_lowercase()",
    strip: '$0.replace(|c: char| !c.is_ascii_alphanumeric(), "")',
    clamp: "$0.min($1)",
    setting: "env::var($0).unwrap_or_default()",
    parse: "$0.parse::<u32>().unwrap_or_default()",
    add: "$0 + $1",
  },
};

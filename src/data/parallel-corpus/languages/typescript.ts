/** @file TypeScript for Node: JavaScript with types in the heads of functions. */
import type { Idioms } from "../idioms.ts";
import { javascript } from "./javascript.ts";

export const typescript: Idioms = {
  ...javascript,
  inherits: "javascript",
  types: {
    text: "string",
    int: "number",
    flag: "boolean",
    texts: "string[]",
    choices: "string[]",
  },
  parameter: (name, type) => `${name}: ${type}`,
  head: ({ name, params, returns }) => `function ${name}(${params}): ${returns || "void"}`,
  record: {
    ...javascript.record,
    declare: (name, fields) => [
      `interface ${name} {`,
      ...fields.map((field) => `  ${field.name}: ${field.type};`),
      "}",
    ],
  },
  declare: ({ name, type, value, isMutable }) => {
    const isRecord = value.startsWith("{ ");
    return `${isMutable ? "let" : "const"} ${name}${isRecord ? `: ${type}` : ""} = ${value};`;
  },
  request: {
    ...javascript.request,
    reads: ["@0.query.^0 as string", "@0.body.^0", "@0.params.^0", "@0.get($0)!"],
  },
};

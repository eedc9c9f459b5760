/** @file From abstract program to text: one walk for all languages, which differ only in their tables. */
import { applyCasing } from "../sample/naming.ts";
import { type Idioms, quote, type TextPart } from "./idioms.ts";
import { idiomTable } from "./languages/index.ts";
import type {
  Api,
  CorpusLanguage,
  Expr,
  FunctionDecl,
  Name,
  PerLanguage,
  Program,
  RecordDecl,
  Stmt,
  Template,
  Type,
} from "./program.ts";

/** Lines, some of them blocks with a header. */
type Layout = string | readonly Block[];
interface Block {
  readonly header: string;
  readonly body: readonly Layout[];
}

interface Context {
  readonly language: CorpusLanguage;
  readonly idioms: Idioms;
  readonly decl: FunctionDecl;
  readonly assigned: ReadonlySet<string>;
  /** Lines needed before the one being written. */
  readonly pending: string[];
}

/** What a language says, or the one it inherits from. */
export function inLanguage<T>(table: PerLanguage<T>, language: CorpusLanguage): T | undefined {
  const { inherits } = idiomTable[language];
  return table[language] ?? (inherits && table[inherits]);
}

/** Can a library call be written in this language? */
export const hasApi = (api: Api, language: CorpusLanguage): boolean =>
  inLanguage(api, language) !== undefined;

type ByKind<Node extends { kind: string }, Result> = {
  readonly [K in Node["kind"]]: (node: Extract<Node, { kind: K }>, context: Context) => Result;
};

const expressions: ByKind<Expr, string> = {
  name: ({ name }, context) => variable(name, context),
  text: ({ value }) => quote(value),
  int: ({ value }) => String(value),
  concat: ({ parts }, context) => context.idioms.concat(textParts(parts, context)),
  format: ({ parts }, context) => context.idioms.format(textParts(parts, context)),
  texts: ({ items }, context) => context.idioms.list(items.map((item) => own(item, context))),
  choices: ({ items }, { idioms }) =>
    (idioms.choices ?? idioms.list)(items.map(({ value }) => quote(value))),
  make: ({ record, values }, context) => {
    const { idioms } = context;
    const fields = record.fields.map(({ name, type }, index) => ({
      name: applyCasing(name, idioms.fieldCase),
      type: typeText(type, context),
      value: own(values[index]!, context),
    }));
    return idioms.record.make(applyCasing(record.name, idioms.typeCase), fields);
  },
  field: ({ of, field }, context) => {
    const { record, fieldCase } = context.idioms;
    return record.get(variable(of.name, context), applyCasing(field.name, fieldCase));
  },
  call: ({ name, args, canFail, returns, local }, context) => {
    const { idioms } = context;
    const isPassed = (arg: Expr) =>
      arg.kind !== "name" || arg.type !== "request" || idioms.request.type !== undefined;
    const written = args
      .filter(isPassed)
      .map((arg) => lend(arg, context))
      .join(", ");
    const call = `${applyCasing(name, idioms.functionCase)}(${written})`;
    if (!canFail) return call;
    if (idioms.check) return checked(call, returns, local, context);
    return idioms.attempt?.(call) ?? call;
  },
  operation: ({ name, args }, context) =>
    fill(context.idioms.operations[name], args, [], "", context),
  read: ({ request, key, way }, context) => {
    const { reads } = context.idioms.request;
    const args = [{ kind: "text", value: key } as const];
    return fill(reads[way % reads.length]!, args, [request], "", context);
  },
  api: ({ api, variant, args, needs, returns, local, otherwise }, context) => {
    const ways = inLanguage(api, context.language);
    if (ways === undefined)
      return fill(context.idioms.operations[otherwise!], args, [], "", context);
    const template: Template = ways[variant % ways.length]!;
    const { setup, value } =
      typeof template === "string" ? { setup: [], value: template } : template;
    const put = (line: string) => fill(line, args, needs, local, context);
    for (const line of setup) context.pending.push(put(line));
    if (!value.endsWith(" !")) return put(value);
    return checked(put(value.slice(0, -2)), returns, local, context);
  },
};

const express = (node: Expr, context: Context): string =>
  (expressions[node.kind] as (n: Expr, c: Context) => string)(node, context);

const variable = (name: string, { idioms }: Context): string =>
  (idioms.sigil ?? "") + applyCasing(name, idioms.variableCase);

/** Take a result whose error comes beside it; returns the name of the result. */
function checked(value: string, returns: Type, local: string, context: Context): string {
  const name = isVoid(returns, context) ? undefined : variable(local, context);
  const lines = context.idioms.check!(name, value, resultText(context.decl.returns, context));
  context.pending.push(...lines);
  return name ?? "";
}

function textParts(parts: readonly Expr[], context: Context): TextPart[] {
  return parts.map((part) =>
    part.kind === "text"
      ? { literal: part.value }
      : { value: express(part, context), isInt: isInt(part) },
  );
}

/** Kinds of which a variable must make a text of its own, where the language tells the two apart. */
const borrowed = new Set<Expr["kind"]>(["name", "text", "field", "operation"]);

function isInt(node: Expr): boolean {
  if (node.kind === "name") return node.type === "int";
  return node.kind === "int" || (node.kind === "field" && node.field.type === "int");
}

function isText(node: Expr): boolean {
  if (node.kind === "name") return node.type === "text";
  if (node.kind === "operation") return node.name === "element";
  return node.kind === "text" || (node.kind === "field" && node.field.type === "text");
}

function own(node: Expr, context: Context): string {
  const written = express(node, context);
  const isBorrowed = borrowed.has(node.kind) && isText(node);
  return (isBorrowed && context.idioms.own?.(written)) || written;
}

function lend(node: Expr, context: Context): string {
  const written = express(node, context);
  return (isText(node) && node.kind !== "text" && context.idioms.lend?.(written)) || written;
}

function typeText(type: Type, context: Context, isParameter = false): string {
  const { idioms, language } = context;
  if (type === "void") return "";
  if (type === "request") return idioms.request.type ?? "";
  if (typeof type === "string") {
    const special = isParameter && (type === "text" || type === "int" || type === "flag");
    return (special && idioms.parameterTypes?.[type]) || idioms.types[type];
  }
  if ("library" in type) return inLanguage(type.library, language) ?? "";
  const name = applyCasing(type.record.name, idioms.typeCase);
  return idioms.record.type?.(name) ?? name;
}

/** Languages without types give whatever a call returns; others give nothing of an unnamed type. */
function isVoid(type: Type, context: Context): boolean {
  if (type === "void") return true;
  return context.idioms.types.text !== "" && typeText(type, context) === "";
}

const resultText = (type: Type, context: Context): string => typeText(type, context);

function fill(
  template: string,
  args: readonly Expr[],
  needs: readonly Name[],
  local: string,
  context: Context,
): string {
  return template.replace(/\$\$|([$^@#])(\d)/g, (_all, sign: string | undefined, digit: string) => {
    if (sign === undefined) return "$";
    const index = Number(digit);
    if (sign === "@") return needs[index] ? variable(needs[index].name, context) : "";
    if (sign === "#") return variable(local, context);
    const arg = args[index];
    if (arg === undefined) return "";
    return sign === "^" && arg.kind === "text" ? arg.value : express(arg, context);
  });
}

const statements: ByKind<Stmt, Layout> = {
  let: ({ name, value }, context) => {
    const written = own(value, context);
    if (isVoid(name.type, context)) return statement(written, context);
    // the result of a checked call has its name already
    if (written === variable(name.name, context)) return "";
    return context.idioms.declare({
      name: variable(name.name, context),
      type: typeText(name.type, context),
      value: written,
      isMutable: context.assigned.has(name.name),
      isList: name.type === "texts" || name.type === "choices",
    });
  },
  assign: ({ name, value }, context) =>
    `${variable(name.name, context)} = ${own(value, context)}${context.idioms.terminator}`,
  if: ({ test, body, otherwise }, context) => {
    const header = context.idioms.ifHead(express(test, context));
    const first = { header, body: block(body, context) };
    return otherwise ? [first, { header: "else", body: block(otherwise, context) }] : [first];
  },
  each: ({ item, list, body }, context) => {
    const header = context.idioms.eachHead(
      variable(item.name, context),
      variable(list.name, context),
    );
    return [{ header, body: block(body, context) }];
  },
  log: ({ message, value }, context) => {
    const { idioms } = context;
    if (value === undefined) return idioms.log(message) + idioms.terminator;
    const said = { text: express(value, context), isInt: isInt(value) };
    return idioms.log(message, said) + idioms.terminator;
  },
  raise: ({ message }, context) =>
    context.idioms.raise(quote(message), resultText(context.decl.returns, context)) +
    context.idioms.terminator,
  do: ({ value }, context) => statement(express(value, context), context),
  return: ({ value, isEarly }, context) => {
    const { give, terminator } = context.idioms;
    const ending = (written?: string) =>
      (give?.(written, context.decl.canFail) ?? ["return", written ?? []].flat().join(" ")) +
      terminator;
    if (!isVoid(context.decl.returns, context)) return ending(value && own(value, context));
    if (value && !(value.kind === "name" && isVoid(value.type, context))) {
      const line = statement(express(value, context), context);
      if (line !== "") context.pending.push(line);
    }
    return isEarly ? ending() : "";
  },
};

const statement = (written: string, { idioms }: Context): string =>
  written === "" ? "" : written + idioms.terminator;

function block(body: readonly Stmt[], context: Context): Layout[] {
  return body.flatMap((node) => {
    const render = statements[node.kind] as (n: Stmt, c: Context) => Layout;
    const layout = render(node, context);
    return [...context.pending.splice(0), ...(layout === "" ? [] : [layout])];
  });
}

function assignedIn(body: readonly Stmt[]): string[] {
  return body.flatMap((node) => {
    if (node.kind === "assign") return [node.name.name];
    if (node.kind === "if") return assignedIn([...node.body, ...(node.otherwise ?? [])]);
    return node.kind === "each" ? assignedIn(node.body) : [];
  });
}

function functionLayout(decl: FunctionDecl, language: CorpusLanguage): Layout {
  const idioms = idiomTable[language];
  const assigned = new Set(assignedIn(decl.body));
  const context: Context = { language, idioms, decl, assigned, pending: [] };
  const isPassed = ({ type }: FunctionDecl["params"][number]) =>
    type !== "request" || idioms.request.type !== undefined;
  const params = decl.params.filter(isPassed).map(({ name, type }) => {
    return idioms.parameter(variable(name, context), typeText(type, context, true));
  });
  const header = idioms.head({
    name: applyCasing(decl.name, idioms.functionCase),
    params: params.join(", "),
    returns: resultText(decl.returns, context),
    canFail: decl.canFail,
  });
  const body = block(decl.body, context);
  const isOpenEnded = decl.canFail && isVoid(decl.returns, context) && idioms.finish !== undefined;
  return [{ header, body: isOpenEnded ? [...body, idioms.finish!] : body }];
}

function recordLines(record: RecordDecl, language: CorpusLanguage): string[] {
  const idioms = idiomTable[language];
  const fields = record.fields.map(({ name, type }) => ({
    name: applyCasing(name, idioms.fieldCase),
    type: type === "int" ? idioms.types.int : idioms.types.text,
    value: "",
  }));
  return [...(idioms.record.declare?.(applyCasing(record.name, idioms.typeCase), fields) ?? [])];
}

/** How blocks open, go on and close. */
const brackets = {
  brace: { open: " {", next: "} ", close: "}" },
  allman: { open: "", next: "", close: "}" },
  colon: { open: ":", next: "", close: undefined },
  end: { open: "", next: "", close: "end" },
} as const;

function linesOf(layout: Layout, idioms: Idioms, depth: number): string[] {
  const pad = idioms.indent.repeat(depth);
  if (typeof layout === "string") return [pad + layout.replaceAll("\t", idioms.indent)];
  const { open, next, close } = brackets[idioms.layout];
  const lines = layout.flatMap(({ header, body }, index) => {
    const inner = body.flatMap((part) => linesOf(part, idioms, depth + 1));
    const head = `${pad}${index === 0 ? "" : next}${header}${open}`;
    if (idioms.layout !== "allman") return [head, ...inner];
    return [head, `${pad}{`, ...inner, ...(index < layout.length - 1 ? [`${pad}}`] : [])];
  });
  return close === undefined ? lines : [...lines, pad + close];
}

/** Write a program in one language, indented, an empty line between its parts. */
export function renderProgram(program: Program, language: CorpusLanguage): string {
  const idioms = idiomTable[language];
  const parts = [
    ...program.records.map((record) => recordLines(record, language)),
    ...program.functions.map((decl) => linesOf(functionLayout(decl, language), idioms, 0)),
  ];
  const written = parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return written.join("\n\n");
}

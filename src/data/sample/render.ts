/** @file From abstract program to text: one walk for all languages, which differ only in their tables. */
import { type Language, precedence, primary, quote, type Rendered, wrap } from "./language.ts";
import { languageTable } from "./languages/index.ts";
import { applyCasing, capitalise } from "./naming.ts";
import {
  binary,
  type Expr,
  type FunctionDecl,
  type Idiom,
  int,
  type SampleLanguage,
  type Stmt,
  type Template,
  type Type,
} from "./program.ts";

/** A line, or a chain of blocks (if / else if / else) with their headers. */
type Layout = string | readonly Section[];
interface Section {
  readonly header: string;
  readonly body: readonly Layout[];
}

interface Context {
  readonly name: SampleLanguage;
  readonly language: Language;
  /** Variables assigned after their declaration: the others are constants where a language cares. */
  readonly assigned: ReadonlySet<string>;
  /** Statements an idiom needs before the one being written. */
  readonly pending: string[];
}

type ByKind<Node extends { kind: string }, Result> = {
  readonly [K in Node["kind"]]: (node: Extract<Node, { kind: K }>, context: Context) => Result;
};

const expressions: ByKind<Expr, Rendered> = {
  int: ({ value }) => ({
    text: String(value),
    precedence: value < 0 ? precedence.prefix : precedence.primary,
  }),
  bool: ({ value }, { language }) => primary(language.literals[value ? "true" : "false"]),
  char: ({ value }, { language }) => {
    const { charQuote } = language.literals;
    return primary(`${charQuote}${value}${charQuote}`);
  },
  null: (_node, { language }) => primary(language.literals.null),
  str: ({ value, parameter }, { language }) => {
    if (parameter === undefined) return primary(quote(value));
    const place = language.sqlParameter.replace("$0", parameter);
    return primary(quote(value.replace("?", place)));
  },
  var: ({ name }, context) => primary(variableText(name, context)),
  field: ({ name }, context) =>
    primary(context.language.field.replace("$0", variableText(name, context))),
  this: (_node, { language }) => primary(language.literals.self),
  empty: ({ type }, context) => primary(context.language.empty(typeText(type, context))),
  binary: ({ op, left, right }, context) => {
    const [sign, strength] = context.language.operators[op];
    // a comparison never chains: Python would read a < b < c as one test
    const isChain = strength >= precedence.sum || strength <= precedence.and;
    const leftText = wrap(express(left, context), isChain ? strength : strength + 1);
    const isLogic = op === "and" || op === "or";
    return {
      text: `${leftText} ${sign} ${wrap(express(right, context), isLogic ? strength : strength + 1)}`,
      precedence: strength,
    };
  },
  not: ({ value }, context) => {
    const { negated, not } = context.language;
    const shorter = value.kind === "library" ? negated[value.op] : undefined;
    if (shorter !== undefined && value.kind === "library") {
      return fill(shorter, value.args, [], context);
    }
    const [sign, strength] = not;
    return { text: sign + wrap(express(value, context), strength), precedence: strength };
  },
  choose: ({ test, yes, no }, context) =>
    fill(context.language.conditional, [test, yes, no], [], context),
  library: ({ op, args }, context) => fill(context.language.library[op], args, [], context),
  call: ({ name, args }, context) => {
    const list = args.map((arg) => express(arg, context).text).join(", ");
    return primary(`${applyCasing(name, context.language.functionCase)}(${list})`);
  },
  format: ({ parts }, context) =>
    primary(
      context.language.format(
        parts.map((part) =>
          typeof part === "string"
            ? part
            : { value: express(part.value, context), type: part.type },
        ),
      ),
    ),
  query: (node, context) =>
    context.language.query({
      source: wrap(express(node.source, context), precedence.primary),
      item: variableText(node.item, context),
      end: node.end,
      separator: quote(node.separator ?? ""),
      ...(node.where && { where: express(node.where, context).text }),
      ...(node.select && { select: express(node.select, context) }),
    }),
  api: ({ api, variant, args, locals }, context) => {
    const ways = api[context.name];
    return fill(ways[variant % ways.length]!, args, locals, context);
  },
};

const express = (node: Expr, context: Context): Rendered =>
  (expressions[node.kind] as (n: Expr, c: Context) => Rendered)(node, context);

const variableText = (name: string, { language }: Context): string =>
  applyCasing(name, language.variableCase);

function typeText(type: Type, { name, language }: Context): string {
  if (typeof type === "string") return language.types[type];
  return "object" in type ? capitalise(type.object) : type.library[name];
}

/** Put arguments and local names into an idiom, with parentheses where they would otherwise regroup. */
function fill(
  template: Template,
  args: readonly Expr[],
  locals: readonly string[],
  context: Context,
): Rendered {
  const idiom: Idiom = typeof template === "string" ? { value: template } : template;
  const strength = idiom.precedence ?? precedence.primary;
  const inside = idiom.inside ?? (idiom.precedence === undefined ? 0 : strength + 0.1);
  const rendered = args.map((arg) => express(arg, context));
  const put = (text: string, loosest: number): string =>
    text
      .replace(/#(\d)/g, (_all, index) => variableText(locals[Number(index)] ?? "", context))
      .replace(/\$(\d)(?=([.[]?))/g, (_all, index, next) => {
        const arg = rendered[Number(index)];
        return arg === undefined ? "" : wrap(arg, next === "" ? loosest : precedence.primary);
      });
  for (const line of idiom.setup ?? []) context.pending.push(put(line, 0));
  return { text: put(idiom.value, inside), precedence: strength };
}

const statements: ByKind<Stmt, Layout> = {
  let: ({ name, type, value }, context) =>
    context.language.declare({
      name: variableText(name, context),
      type: typeText(type, context),
      value: express(value, context).text,
      isMutable: context.assigned.has(name),
      isFresh: value.kind === "empty",
    }),
  assign: ({ target, op, value }, context) => {
    const { language } = context;
    const place = express(target, context).text;
    const isIncrement = op === "add" && value.kind === "int" && value.value === 1;
    if (isIncrement) return language.increment.replace("$0", place) + language.terminator;
    const sign = op === undefined ? "=" : `${language.operators[op][0]}=`;
    return `${place} ${sign} ${express(value, context).text}${language.terminator}`;
  },
  do: ({ value }, context) => express(value, context).text + context.language.terminator,
  if: ({ clauses, otherwise }, context) => {
    const { headers } = context.language;
    const sections = clauses.map(({ test, body }, index) => ({
      header: header(index === 0 ? headers.if : headers.elseIf, express(test, context).text),
      body: block(body, context),
    }));
    if (otherwise === undefined) return sections;
    return [...sections, { header: headers.else, body: block(otherwise, context) }];
  },
  range: ({ item, from, to, inclusive, body }, context) => [
    {
      header: context.language.headers.range({
        item: variableText(item, context),
        from: express(from, context).text,
        to: express(to, context).text,
        limit: express(inclusive ? plusOne(to) : to, context).text,
        inclusive,
      }),
      body: block(body, context),
    },
  ],
  each: ({ item, type, source, body }, context) => [
    {
      header: context.language.headers.each({
        item: variableText(item, context),
        type: typeText(type, context),
        source: express(source, context).text,
      }),
      body: block(body, context),
    },
  ],
  while: ({ test, body }, context) => [
    {
      header: header(context.language.headers.while, express(test, context).text),
      body: block(body, context),
    },
  ],
  return: ({ value }, context) => {
    const text = value === undefined ? "return" : `return ${express(value, context).text}`;
    return text + context.language.terminator;
  },
  raise: ({ message }, { language }) =>
    language.raise.replace("$0", () => quote(message)) + language.terminator,
  break: (_node, { language }) => `break${language.terminator}`,
  continue: (_node, { language }) => `continue${language.terminator}`,
};

const header = (template: string, test: string): string => template.replace("$0", () => test);

const plusOne = (value: Expr): Expr =>
  value.kind === "int" ? int(value.value + 1) : binary("add", value, int(1));

function block(body: readonly Stmt[], context: Context): Layout[] {
  return body.flatMap((node) => {
    const render = statements[node.kind] as (n: Stmt, c: Context) => Layout;
    const layout = render(node, context);
    return [...context.pending.splice(0), layout];
  });
}

/** Names assigned anywhere in a body, at any depth. */
function assignedIn(body: readonly Stmt[]): string[] {
  return body.flatMap((node) => {
    if (node.kind === "assign") return node.target.kind === "var" ? [node.target.name] : [];
    if (node.kind === "if") {
      return [...node.clauses.map((clause) => clause.body), node.otherwise ?? []].flatMap(
        assignedIn,
      );
    }
    return "body" in node ? assignedIn(node.body) : [];
  });
}

function functionLayout(decl: FunctionDecl, name: SampleLanguage): Layout {
  const language = languageTable[name];
  const assigned = new Set(assignedIn(decl.body));
  const context: Context = { name, language, assigned, pending: [] };
  const signature = language.headers.signature({
    name: applyCasing(decl.name, language.functionCase),
    params: decl.params.map((p) => ({
      name: variableText(p.name, context),
      type: typeText(p.type, context),
    })),
    returns: typeText(decl.returns, context),
    role: decl.role,
    raises: decl.raises,
  });
  return [{ header: signature, body: block(decl.body, context) }];
}

/** Lines of a layout, indented. */
function linesOf(layout: Layout, language: Language, depth: number): string[] {
  const pad = language.indent.repeat(depth);
  if (typeof layout === "string") return [pad + layout];
  const inner = (section: Section): string[] =>
    section.body.flatMap((part) => linesOf(part, language, depth + 1));
  if (language.layout === "colon") {
    return layout.flatMap((section) => [`${pad}${section.header}:`, ...inner(section)]);
  }
  if (language.layout === "allman") {
    return layout.flatMap((section) => [
      pad + section.header,
      `${pad}{`,
      ...inner(section),
      `${pad}}`,
    ]);
  }
  const opened = layout.flatMap((section, index) => [
    `${pad}${index === 0 ? "" : "} "}${section.header} {`,
    ...inner(section),
  ]);
  return [...opened, `${pad}}`];
}

/**
 * Write functions in one language, indented, one after the other with an empty line between.
 * @param functions in the order in which they shall appear
 */
export function renderProgram(functions: readonly FunctionDecl[], name: SampleLanguage): string {
  const language = languageTable[name];
  return functions
    .map((decl) => linesOf(functionLayout(decl, name), language, 0).join("\n"))
    .join("\n\n");
}

/** Can this language be written on one line (blocks are not shown by indentation)? */
export const canFlatten = (name: SampleLanguage): boolean => languageTable[name].layout !== "colon";

/**
 * Code on one line as CodeXGLUE's translation files have it: lines trimmed and joined without a space.
 * @param code as {@link renderProgram} wrote it, in a language for which {@link canFlatten} holds
 */
export function flattenCode(code: string): string {
  return code
    .split("\n")
    .map((line) => line.trim())
    .join("");
}

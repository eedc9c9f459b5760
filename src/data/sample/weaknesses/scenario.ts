/**
 * @file The program around a weakness: where a value comes from, how it travels to the place that
 * matters, and statements that have nothing to do with it. All of it is drawn once and serves both
 * the vulnerable and the remedied form, so that nothing but the place itself tells them apart.
 */
import {
  chance,
  collection,
  type Draw,
  fragment,
  functionName,
  nameAmong,
  number,
  oneOf,
  thing,
} from "../draw.ts";
import { applyCasing, joinWords } from "../naming.ts";
import {
  type ApiCall,
  assign,
  binary,
  call,
  concat,
  declare,
  type Expr,
  type FunctionDecl,
  give,
  int,
  lib,
  not,
  type Parameter,
  type PerLanguage,
  perform,
  raise,
  type Stmt,
  str,
  type Template,
  type Type,
  variable,
  when,
} from "../program.ts";
import { accumulators, bounds } from "../words.ts";

/** A call given per language; each language may know several equivalent ways. */
export type Api = PerLanguage<readonly Template[]>;

/** Use a language's library: `variant` picks among its ways, `locals` name its own variables. */
export const use = (
  api: Api,
  variant: number,
  args: readonly Expr[],
  locals: readonly string[] = [],
): ApiCall => ({ kind: "api", api, variant, args, locals });

/** What is done with the value: statements, then an expression that is the outcome. */
export interface Site {
  readonly before: readonly Stmt[];
  readonly outcome: Expr;
}

/** The place that matters, in its two forms. */
export interface Sink {
  /** Parameters besides the value: a connection, a folder, a response. */
  readonly needs: readonly Parameter[];
  readonly returns: Type;
  readonly raises?: "database" | "io" | "any";
  readonly vulnerable: (value: Expr) => Site;
  readonly remedied: (value: Expr) => Site;
}

/** A weakness: its CWE number, words for names, and how to draw its place. */
export interface Weakness {
  /** As `CWE-89`. */
  readonly cwe: string;
  readonly verbs: readonly string[];
  /** What the function is about, after a noun: `issueMemberToken`; only the noun if absent. */
  readonly subjects?: readonly string[];
  /** Names for the value that travels. */
  readonly inputs: readonly string[];
  readonly sink: (draw: Draw) => Sink;
}

/** The same program with the weakness and without. */
export interface TwoForms {
  readonly vulnerable: readonly FunctionDecl[];
  readonly remedied: readonly FunctionDecl[];
}

const requestType: Type = {
  library: { java: "HttpServletRequest", csharp: "HttpRequest", python: "", javascript: "" },
};

/** `$0` the quoted name, `#0` the bare one. */
const environment: Api = {
  java: ["System.getenv($0)"],
  csharp: ["Environment.GetEnvironmentVariable($0)"],
  python: ["os.environ[$0]", "os.getenv($0)"],
  // `env` as `node:process` exports it
  javascript: ["env[$0]"],
};

/** A setting of the process, by its name. */
export function setting(variant: number, name: string): Expr {
  const upper = applyCasing(name, "snake").toUpperCase();
  return use(environment, variant, [str(upper)], [upper]);
}

const requestParameter: Api = {
  java: ["$0.getParameter($1)"],
  csharp: ["$0.Query[$1]"],
  python: ["$0.args.get($1)", "$0.GET.get($1)"],
  javascript: ["$0.query.#0"],
};

interface Origin {
  readonly params: readonly Parameter[];
  readonly value: Expr;
}

/** Where the value enters: a parameter, a request, a map of options. */
function origin(draw: Draw, inputs: readonly string[]): Origin {
  const name = nameAmong(draw, inputs);
  const plain = (): Origin => ({ params: [{ name, type: "str" }], value: variable(name) });
  return oneOf<Origin>(
    draw,
    plain,
    plain,
    () => {
      const request = nameAmong(draw, ["request", "req"]);
      const value = use(
        requestParameter,
        number(draw, 0, 1),
        [variable(request), str(name)],
        [name],
      );
      return { params: [{ name: request, type: requestType }], value };
    },
    () => {
      const options = nameAmong(draw, ["options", "fields", "form", "settings"]);
      const value = lib("map.get", variable(options), str(name));
      return { params: [{ name: options, type: "strMap" }], value };
    },
  );
}

interface Travel {
  readonly statements: readonly Stmt[];
  readonly value: Expr;
  readonly helpers: readonly FunctionDecl[];
}

const trimmed = (draw: Draw, value: Expr): Expr =>
  chance(draw, 0.5) ? lib("str.trim", value) : lib("str.lower", lib("str.trim", value));

/** How the value gets to the place: straight, under a new name, with a default, through a function. */
function travel(draw: Draw, from: Expr): Travel {
  const isLeaf = from.kind === "var";
  const local = nameAmong(draw, ["value", "received", "term", "wanted", "given", "selected"]);
  const named = (value: Expr, ...more: Stmt[]): Travel => ({
    statements: [declare(local, "str", value), ...more],
    value: variable(local),
    helpers: [],
  });
  return oneOf<Travel>(
    draw,
    () => (isLeaf ? { statements: [], value: from, helpers: [] } : named(from)),
    () => named(isLeaf ? trimmed(draw, from) : from),
    () => {
      const fallback = assign(variable(local), str(fragment(draw)));
      return named(from, when(lib("isNull", variable(local)), fallback));
    },
    () => {
      const inner = nameAmong(draw, ["raw", "text", "entry"]);
      const helper = functionName(draw, ["prepare", "shape", "tidy", "read"], thing(draw));
      const body = [give(trimmed(draw, variable(inner)))];
      const params: Parameter[] = [{ name: inner, type: "str" }];
      const helpers: FunctionDecl[] = [
        { name: helper, params, returns: "str", body, role: "helper" },
      ];
      return { ...named(call(helper, from)), helpers };
    },
  );
}

/** Statements beside the point; may add parameters. */
function filler(draw: Draw, params: Parameter[]): Stmt[] {
  const own = (name: string, type: Type): Expr => {
    params.push({ name, type });
    return variable(name);
  };
  return oneOf<Stmt[]>(
    draw,
    () => [perform(lib("log!", str(`${fragment(draw)} ${fragment(draw)}`)))],
    () => {
      const size = own(nameAmong(draw, bounds), "int");
      return [when(binary("gt", size, int(number(draw, 5, 90))), raise(fragment(draw)))];
    },
    () => {
      const size = own(thing(draw), "int");
      const total = nameAmong(draw, accumulators);
      const product = binary("mul", size, int(number(draw, 2, 30)));
      const said = concat(str(`${fragment(draw)} `), lib("int.toStr", variable(total)));
      return [declare(total, "int", product), perform(lib("log!", said))];
    },
    () => {
      const { many } = collection(draw);
      return [perform(lib("list.add!", own(many, "strList"), str(fragment(draw))))];
    },
    () => {
      const { many } = collection(draw);
      const label = str(fragment(draw));
      const known = lib("list.contains", own(many, "strList"), label);
      return [when(not(known), raise(`${fragment(draw)} ${fragment(draw)}`))];
    },
    () => {
      const ending = lib("str.endsWith", own(thing(draw), "str"), str(fileEnding(draw)));
      return [when(not(ending), raise(`${fragment(draw)} ${fragment(draw)}`))];
    },
    () => {
      const given = own(thing(draw), "str");
      const size = nameAmong(draw, ["size", "width", "count", "page"]);
      const said = concat(str(`${fragment(draw)} `), lib("int.toStr", variable(size)));
      return [declare(size, "int", lib("int.parse", given)), perform(lib("log!", said))];
    },
    () => {
      const code = nameAmong(draw, ["revision", "variant", "serial", "marker"]);
      const said = concat(str(`${fragment(draw)} `), variable(code));
      return [declare(code, "str", str(randomText(draw, 8, 14))), perform(lib("log!", said))];
    },
    () => {
      const region = nameAmong(draw, ["region", "stage", "locale", "mode"]);
      const said = concat(str(`${fragment(draw)} `), variable(region));
      const value = setting(number(draw, 0, 1), joinWords(fragment(draw), region));
      return [declare(region, "str", value), perform(lib("log!", said))];
    },
  );
}

/** How the name of a file may end. */
export const fileEnding = (draw: Draw): string =>
  draw.random.pick([".txt", ".md", ".csv", ".json", ".html", ".log"]);

/** Letters and digits in no order, as in keys and serial numbers. */
export function randomText(draw: Draw, shortest: number, longest: number): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const length = number(draw, shortest, longest);
  return Array.from({ length }, () => alphabet[draw.random.below(alphabet.length)]!).join("");
}

/** How many unrelated statements may stand before, between and after. */
const fillers = (draw: Draw, params: Parameter[]): Stmt[] =>
  chance(draw, 0.17 * draw.difficulty) ? filler(draw, params) : [];

/** Draw the program around a weakness and write it in both forms. */
export function drawForms(draw: Draw, weakness: Weakness): TwoForms {
  const from = origin(draw, weakness.inputs);
  const path = travel(draw, from.value);
  const sink = weakness.sink(draw);
  const extra: Parameter[] = [];
  const [first, second, last] = [0, 1, 2].map(() => fillers(draw, extra)) as [
    Stmt[],
    Stmt[],
    Stmt[],
  ];
  const params = draw.random.shuffle([...sink.needs, ...from.params, ...extra]);
  const about = [thing(draw), ...(weakness.subjects ? [draw.random.pick(weakness.subjects)] : [])];
  const name = functionName(draw, weakness.verbs, joinWords(about[0]!, ...about.slice(1)));
  const result = nameAmong(draw, ["result", "answer", "outcome", "found", "output"]);
  const isApart = chance(draw, 0.25);
  const apart = functionName(draw, ["run", "perform", "process", "handle"], thing(draw));
  const passed = nameAmong(draw, ["text", "argument", "key", "part"]);
  const head = { returns: sink.returns, ...(sink.raises && { raises: sink.raises }) };

  const write = (form: (value: Expr) => Site): FunctionDecl[] => {
    const inner = form(isApart ? variable(passed) : path.value);
    const finish = (outcome: Expr, rest: readonly Stmt[]): Stmt[] =>
      closing(outcome, sink.returns, result, rest);
    const handed = call(apart, ...sink.needs.map((p) => variable(p.name)), path.value);
    const helper: FunctionDecl = {
      name: apart,
      params: [...sink.needs, { name: passed, type: "str" }],
      body: [...inner.before, ...finish(inner.outcome, [])],
      role: "helper",
      ...head,
    };
    const site = isApart ? [] : inner.before;
    const ending = finish(isApart ? handed : inner.outcome, last);
    const body = [...first, ...path.statements, ...second, ...site, ...ending];
    const main: FunctionDecl = { name, params, body, role: "function", ...head };
    return [...path.helpers, ...(isApart ? [helper] : []), main];
  };
  return { vulnerable: write(sink.vulnerable), remedied: write(sink.remedied) };
}

/** Return the outcome, under a name first when something still has to happen. */
function closing(outcome: Expr, type: Type, name: string, rest: readonly Stmt[]): Stmt[] {
  if (type === "void") return [perform(outcome), ...rest];
  if (rest.length === 0) return [give(outcome)];
  return [declare(name, type, outcome), ...rest, give(variable(name))];
}

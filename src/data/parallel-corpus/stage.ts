/** @file What all families of programs share: the values, the place that matters, checks and clean-ups. */
import {
  chance,
  type Draw,
  fragment,
  functionName,
  nameAmong,
  number,
  thing,
} from "../sample/draw.ts";
import {
  declare,
  type Expr,
  type FunctionDecl,
  log,
  type Name,
  nameOf,
  operation,
  type Parameter,
  type RecordDecl,
  raise,
  type Stmt,
  text,
  when,
} from "./program.ts";
import type { Weakness } from "./weakness.ts";

/** Statements, then an expression that is the outcome. */
export interface Site {
  readonly before: readonly Stmt[];
  readonly outcome: Expr;
}

/** One program being drawn. What is drawn here serves both its forms. */
export interface Stage {
  readonly draw: Draw;
  readonly weakness: Weakness;
  readonly request: Name;
  readonly needs: readonly Name[];
  /** Two variables: the first goes to the place that matters. */
  readonly first: Name;
  readonly second: Name;
  /** What must not arrive there, and what may. */
  readonly bad: Expr;
  readonly good: Expr;
  /** Filled while drawing. */
  readonly params: Parameter[];
  readonly records: RecordDecl[];
  readonly helpers: FunctionDecl[];
  /** Which helper functions there are. */
  readonly calls: Set<"source" | "sink" | "step">;
}

/** Names that promise something, kept or not: they are drawn without regard to the form. */
const promising = [
  ..."checkedValue cleanValue verified trustedText safeName approved normalized".split(" "),
  ..."rawInput userValue untested untrusted received dirtyText incoming".split(" "),
];
const neutral = "value text entry item candidate current given wanted selected chosen".split(" ");

/** A variable's name: what the value is called, nothing in particular, or a promise. */
export function localName(draw: Draw, key: string): string {
  const pools = [[key], neutral, neutral, promising];
  return nameAmong(draw, draw.random.pick(pools));
}

const results = "result answer outcome found output reply".split(" ");

/** A name for what the place gives back. */
export const resultName = (draw: Draw): string => nameAmong(draw, results);

const flags = "detailed compact verbose strict legacy preview quiet partial archived nightly".split(
  " ",
);

/** A parameter that is true or false. */
export function flagOf(stage: Stage): Name {
  const flag = nameOf(nameAmong(stage.draw, flags), "flag");
  stage.params.push(flag);
  return flag;
}

/** The same expression with another name for its result. */
export const withLocal = (value: Expr, local: string): Expr =>
  value.kind === "api" || value.kind === "call" ? { ...value, local } : value;

const payloadNames = "line content address statement phrase command".split(" ");

/** A use of the value: the place that matters, or its harmless twin. */
function drawUse(stage: Stage, isDanger: boolean): (value: Expr) => Site {
  const { draw, weakness, needs } = stage;
  const base = text(weakness.base(draw));
  const payload = isDanger ? weakness.payload?.(draw) : undefined;
  const kind = draw.random.pick(["concat", "format"] as const);
  const payloadName = chance(draw, 0.5) ? nameOf(nameAmong(draw, payloadNames), "text") : undefined;
  const local = resultName(draw);
  const variant = number(draw, 0, 1);
  const api = isDanger ? weakness.danger : weakness.safe!;
  return (value) => {
    const parts = payload && [
      text(payload.before),
      value,
      ...(payload.after ? [text(payload.after)] : []),
    ];
    const whole: Expr = parts ? { kind, parts } : value;
    const isNamed = parts !== undefined && payloadName !== undefined;
    const args = [isNamed ? payloadName : whole, base];
    const { returns } = weakness;
    return {
      before: isNamed ? [declare(payloadName, whole)] : [],
      outcome: { kind: "api", api, variant, args, needs, returns, local },
    };
  };
}

/** The same use inside a function of its own. */
function apart(stage: Stage, use: (value: Expr) => Site, verb: string): (value: Expr) => Site {
  const { draw, weakness, needs } = stage;
  const passed = nameOf(nameAmong(draw, ["argument", "part", "given", "input"]), weakness.value);
  const name = functionName(draw, [verb], thing(draw));
  const local = resultName(draw);
  const { before, outcome } = use(passed);
  const { returns } = weakness;
  stage.calls.add("sink");
  stage.helpers.push({
    name,
    params: [...needs, passed],
    returns,
    canFail: true,
    body: [...before, { kind: "return", value: outcome }],
  });
  return (value) => ({
    before: [],
    outcome: { kind: "call", name, args: [...needs, value], returns, canFail: true, local },
  });
}

/** The place that matters, in a function of its own now and then. */
export function drawDanger(stage: Stage): (value: Expr) => Site {
  const use = drawUse(stage, true);
  return chance(stage.draw, 0.2) ? apart(stage, use, "run") : use;
}

/** The same purpose without the weakness; only where the weakness has one. */
export function drawSafe(stage: Stage): (value: Expr) => Site {
  const use = drawUse(stage, false);
  return chance(stage.draw, 0.2) ? apart(stage, use, "run") : use;
}

/** A use that does no harm, whatever the value: it is told, or its length is. */
export function drawHarmless(stage: Stage): (value: Expr) => Stmt[] {
  const { draw, weakness } = stage;
  const message = `${fragment(draw)} ${fragment(draw)}`;
  const size = number(draw, 20, 90);
  const isMeasured = weakness.value === "text" && chance(draw, 0.3);
  if (!isMeasured) return (value) => [log(message, value)];
  return (value) => [when(operation("longer", value, { kind: "int", value: size }), log(message))];
}

/** Can a value be tested for harmlessness? */
export const canCheck = ({ weakness }: Stage): boolean =>
  weakness.hasChoices || weakness.isPlainHarmless;

/** A test of a value: `passes` when it is harmless, `fails` when it is not; `before` declares what both need. */
export interface Check {
  readonly before: readonly Stmt[];
  readonly passes: (value: Expr) => Expr;
  readonly fails: (value: Expr) => Expr;
}

/** Draw a test; only where {@link canCheck} holds. */
export function drawCheck({ draw, weakness }: Stage): Check {
  if (weakness.value === "int") {
    const bound: Expr = { kind: "int", value: draw.random.pick([16, 32, 48, 64]) };
    return {
      before: [],
      passes: (value) => operation("below", value, bound),
      fails: (value) => operation("reaches", value, bound),
    };
  }
  if (weakness.isPlainHarmless && (!weakness.hasChoices || chance(draw, 0.4))) {
    return {
      before: [],
      passes: (value) => operation("matches", value),
      fails: (value) => operation("differs", value),
    };
  }
  const allowed = nameOf(nameAmong(draw, ["allowed", "known", "choices", "options"]), "choices");
  const items = Array.from({ length: number(draw, 2, 3) }, () => text(fragment(draw)));
  return {
    before: [declare(allowed, { kind: "choices", items })],
    passes: (value) => operation("contains", allowed, value),
    fails: (value) => operation("lacks", allowed, value),
  };
}

/** Refuse what a check fails. */
export function drawRefusal(stage: Stage, { fails }: Check): (value: Expr) => Stmt[] {
  const message = `${fragment(stage.draw)} ${fragment(stage.draw)}`;
  return (value) => [when(fails(value), raise(message))];
}

/** Can a value be made harmless? */
export const canClean = ({ weakness }: Stage): boolean =>
  weakness.value === "int" || weakness.isPlainHarmless;

/** Draw a way to make a value harmless; only where {@link canClean} holds. */
export function drawClean({ draw, weakness }: Stage): (value: Expr) => Expr {
  if (weakness.value === "int") {
    const most = number(draw, 15, 63);
    return (value) => operation("clamp", value, { kind: "int", value: most });
  }
  const { clean } = weakness;
  if (clean === undefined || chance(draw, 0.3)) return (value) => operation("strip", value);
  return (value) => ({
    kind: "api",
    api: clean,
    variant: 0,
    args: [value],
    needs: [],
    returns: "text",
    local: "",
    otherwise: "strip",
  });
}

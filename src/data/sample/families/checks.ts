/** @file Families of checks: several conditions at once, guards that refuse, defaults for what is missing. */
import { chance, type Draw, fragment, functionName, nameAmong, number, thing } from "../draw.ts";
import { spokenName } from "../naming.ts";
import { intStep, intTest, parameter, strStep, strTest } from "../pieces.ts";
import {
  assign,
  binary,
  choose,
  type Expr,
  give,
  lib,
  not,
  nothing,
  type Parameter,
  raise,
  type Stmt,
  str,
  variable,
  when,
} from "../program.ts";
import { textNames } from "../words.ts";
import { type Drawn, type Family, single } from "./family.ts";

interface Checked {
  readonly name: string;
  readonly test: Expr;
  readonly words: string;
}

function checked(draw: Draw, params: Parameter[]): Checked {
  const name = thing(draw);
  const type = chance(draw, 0.5) ? "int" : "str";
  const value = parameter(params, name, type);
  const { value: test, claim } = (type === "int" ? intTest : strTest)(draw, value, params);
  return { name, test, words: `the ${spokenName(name)} ${claim}` };
}

/** One to three conditions, as one answer or one after the other. */
function validate(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const checks = Array.from({ length: number(draw, 1, draw.difficulty) }, () =>
    checked(draw, params),
  );
  const isAll = chance(draw, 0.5);
  const joined = checks.map((c) => c.test).reduce((a, b) => binary(isAll ? "and" : "or", a, b));
  const yes: Expr = { kind: "bool", value: isAll };
  const no: Expr = { kind: "bool", value: !isAll };
  const body: Stmt[] = chance(draw, 0.5)
    ? [give(joined)]
    : [...checks.map((c) => when(isAll ? not(c.test) : c.test, give(no))), give(yes)];
  const name = functionName(draw, ["validate", "check", "accept", "verify"], checks[0]!.name);
  const words = checks.map((c) => c.words).join(isAll ? " and " : " or ");
  return single(name, params, "bool", body, `Tells whether ${words}.`);
}

/** Refuse what does not fit, then go on. */
function guard(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const name = thing(draw);
  const type = chance(draw, 0.5) ? "int" : "str";
  const value = parameter(params, name, type);
  const test = (type === "int" ? intTest : strTest)(draw, value, params);
  const step = (type === "int" ? intStep : strStep)(draw, value);
  const body: Stmt[] = [];
  if (type === "str") {
    const missing = raise(`missing ${spokenName(name)}`);
    body.push(when(lib("isNull", value), chance(draw, 0.5) ? missing : give(nothing)));
  }
  body.push(when(test.value, raise(`${fragment(draw)} ${spokenName(name)}`)), give(step.value));
  const called = functionName(draw, ["require", "check", "ensure", "demand"], name);
  const words = `Refuses a ${spokenName(name)} ${test.words}, else returns it ${step.words}.`;
  return single(called, params, type, body, words);
}

/** A default for a text that is missing or empty. */
function fallback(draw: Draw): Drawn {
  const name = nameAmong(draw, textNames);
  const other = nameAmong(draw, ["fallback", "standard", "substitute"]);
  const isParameter = chance(draw, 0.4);
  const params: Parameter[] = [{ name, type: "str" }];
  const spare = isParameter ? parameter(params, other, "str") : str(fragment(draw));
  const x = variable(name);
  const step = strStep(draw, x);
  const missing = chance(draw, 0.5)
    ? lib("isNull", x)
    : binary("or", lib("isNull", x), lib("str.isEmpty", x));
  const shape = number(draw, 0, 2);
  const body: Stmt[] =
    shape === 0
      ? [when(missing, give(spare)), give(step.value)]
      : shape === 1
        ? [when(missing, assign(x, spare)), give(step.value)]
        : [give(choose(missing, spare, step.value))];
  const called = functionName(draw, ["default", "resolve", "normalize", "complete"], thing(draw));
  const words = `Returns the ${name} ${step.words}, or another text when it is missing.`;
  return single(called, params, "str", body, words);
}

/** Pick between two values by conditions. */
function decide(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const checks = Array.from({ length: number(draw, 1, 2) }, () => checked(draw, params));
  const joined = checks.map((c) => c.test).reduce((a, b) => binary("and", a, b));
  const [yes, no] = [thing(draw), thing(draw)];
  const [first, second] = [parameter(params, yes, "int"), parameter(params, no, "int")];
  const better = chance(draw, 0.5) ? intStep(draw, first).value : first;
  const body: Stmt[] = chance(draw, 0.5)
    ? [give(choose(joined, better, second))]
    : [when(joined, give(better)), give(second)];
  const called = functionName(draw, ["choose", "decide", "select", "prefer"], yes);
  const words = `Returns the ${spokenName(yes)} if ${checks.map((c) => c.words).join(" and ")}, else the ${spokenName(no)}.`;
  return single(called, params, "int", body, words);
}

/** Families of checks. */
export const checkFamilies: readonly Family[] = [
  { name: "validate", weight: 3, draw: validate },
  { name: "guard", weight: 2, draw: guard },
  { name: "fallback", weight: 2, draw: fallback },
  { name: "decide", weight: 2, draw: decide },
];

/** @file Tests and steps on one number or one text, each with the words that describe it. */
import { chance, type Draw, fragment, nameAmong, number, oneOf } from "./draw.ts";
import { spokenName } from "./naming.ts";
import {
  binary,
  concat,
  type Expr,
  int,
  lib,
  not,
  type Parameter,
  str,
  type Type,
  variable,
} from "./program.ts";
import { bounds, letters } from "./words.ts";

/** An expression and how to say it after the thing it is made from ("the orders divisible by 3"). */
export interface Piece {
  readonly value: Expr;
  readonly words: string;
}

/** A test, which can also be said of one thing ("the order is divisible by 3"). */
export interface Test extends Piece {
  readonly claim: string;
}

const test = (value: Expr, words: string, claim = `is ${words}`): Test => ({ value, words, claim });

/** A new parameter of the function being drawn. */
export function parameter(params: Parameter[], name: string, type: Type): Expr {
  params.push({ name, type });
  return variable(name);
}

const relations = [
  ["gt", "greater than"],
  ["ge", "at least"],
  ["lt", "less than"],
  ["le", "at most"],
  ["ne", "different from"],
] as const;

/** A test of a whole number >= 0; may add a parameter. */
export function intTest(draw: Draw, x: Expr, params: Parameter[]): Test {
  const [op, words] = draw.random.pick(relations);
  return oneOf(
    draw,
    () => {
      const k = number(draw, 1, 50);
      return test(binary(op, x, int(k)), `${words} ${k}`);
    },
    () => {
      const name = nameAmong(draw, bounds);
      return test(
        binary(op, x, parameter(params, name, "int")),
        `${words} the ${spokenName(name)}`,
      );
    },
    () => {
      const k = number(draw, 2, 9);
      return test(binary("eq", binary("mod", x, int(k)), int(0)), `divisible by ${k}`);
    },
    () => {
      const low = number(draw, 1, 20);
      const high = low + number(draw, 5, 40);
      const isWithin = binary("and", binary("ge", x, int(low)), binary("le", x, int(high)));
      return test(isWithin, `between ${low} and ${high}`);
    },
  );
}

/**
 * A whole number made from another.
 * @param isNatural whether x is sure to be >= 0: languages differ on the remainder of other numbers
 */
export function intStep(draw: Draw, x: Expr, isNatural = true): Piece {
  const k = number(draw, 2, 12);
  if (isNatural && chance(draw, 0.1)) {
    return { value: binary("mod", x, int(k)), words: `modulo ${k}` };
  }
  return oneOf<Piece>(
    draw,
    () => ({ value: binary("add", x, int(k)), words: `plus ${k}` }),
    () => ({ value: binary("sub", x, int(k)), words: `minus ${k}` }),
    () => ({ value: binary("mul", x, int(k)), words: `times ${k}` }),
    () => ({ value: binary("mul", x, x), words: "squared" }),
    () => ({ value: lib("int.max", x, int(k)), words: `raised to at least ${k}` }),
    () => ({ value: lib("int.min", x, int(k)), words: `cut to at most ${k}` }),
    () => ({ value: lib("int.abs", binary("sub", x, int(k))), words: `by its distance to ${k}` }),
    () => {
      const m = number(draw, 1, 9);
      const value = binary("add", binary("mul", x, int(k)), int(m));
      return { value, words: `times ${k} plus ${m}` };
    },
    () => {
      const m = number(draw, 1, 9);
      const value = binary("mul", binary("add", x, int(m)), int(k));
      return { value, words: `plus ${m} times ${k}` };
    },
  );
}

/** A test of a text; may add a parameter. */
export function strTest(draw: Draw, s: Expr, params: Parameter[]): Test {
  const literal = fragment(draw);
  const [op, words] = draw.random.pick(relations);
  const k = number(draw, 1, 20);
  const starts = (with_: Expr, said: string): Test =>
    test(lib("str.startsWith", s, with_), `starting with ${said}`, `starts with ${said}`);
  return oneOf(
    draw,
    () => starts(str(literal), literal),
    () =>
      test(lib("str.endsWith", s, str(literal)), `ending with ${literal}`, `ends with ${literal}`),
    () =>
      test(lib("str.contains", s, str(literal)), `containing ${literal}`, `contains ${literal}`),
    () => test(not(lib("str.equals", s, str(literal))), `other than ${literal}`),
    () => test(not(lib("str.isEmpty", s)), "that are not empty", "is not empty"),
    () => {
      const name = nameAmong(draw, ["prefix", "start", "opening"]);
      return starts(parameter(params, name, "str"), `the ${spokenName(name)}`);
    },
    () => {
      const said = `length ${words} ${k}`;
      return test(binary(op, lib("str.length", s), int(k)), `of ${said}`, `has a ${said}`);
    },
  );
}

/** A text made from another. */
export function strStep(draw: Draw, s: Expr): Piece {
  const literal = fragment(draw);
  return oneOf<Piece>(
    draw,
    () => ({ value: lib("str.trim", s), words: "trimmed" }),
    () => ({ value: lib("str.upper", s), words: "in upper case" }),
    () => ({ value: lib("str.lower", s), words: "in lower case" }),
    () => ({ value: lib("str.reverse", s), words: "reversed" }),
    () => ({ value: lib("str.lower", lib("str.trim", s)), words: "trimmed and in lower case" }),
    () => ({ value: concat(str(`${literal}-`), s), words: `after ${literal}` }),
    () => ({ value: concat(s, str(`-${literal}`)), words: `before ${literal}` }),
    () => {
      const [from, to] = [draw.random.pick(letters), draw.random.pick(letters)];
      const value = lib("str.replace", s, str(from), str(to));
      return { value, words: `with ${from} replaced by ${to}` };
    },
  );
}

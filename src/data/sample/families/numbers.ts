/** @file Families of whole-number arithmetic: loops over ranges, digits, recursion, formulas, grades. */
import {
  chance,
  type Draw,
  fragment,
  functionName,
  nameAmong,
  number,
  oneOf,
  thing,
} from "../draw.ts";
import { spokenName } from "../naming.ts";
import { intStep, intTest, type Piece, parameter } from "../pieces.ts";
import {
  assign,
  binary,
  type Clause,
  call,
  choose,
  declare,
  type Expr,
  give,
  int,
  lib,
  type Parameter,
  raise,
  range,
  repeatWhile,
  type Stmt,
  str,
  update,
  variable,
  when,
} from "../program.ts";
import { accumulators } from "../words.ts";
import { type Drawn, type Family, single } from "./family.ts";

function rangeFold(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const top = nameAmong(
    draw,
    ["limit", "last", "end", "count", "size", "steps"].filter((n) => n !== "end"),
  );
  const to = parameter(params, top, "int");
  const index = nameAmong(draw, ["i", "k", "value", "number", "step"]);
  const total = nameAmong(draw, accumulators);
  const isProduct = chance(draw, 0.2);
  const test = chance(draw, 0.5) ? intTest(draw, variable(index), params) : undefined;
  const step = chance(draw, 0.7) ? intStep(draw, variable(index)) : undefined;
  const add = update(isProduct ? "mul" : "add", variable(total), step?.value ?? variable(index));
  const from = number(draw, 0, 3);
  const isInclusive = chance(draw, 0.5);
  const body = [
    declare(total, "int", int(isProduct ? 1 : 0)),
    range(index, int(from), to, isInclusive, test === undefined ? add : when(test.value, add)),
    give(variable(total)),
  ];
  const about = thing(draw);
  const name = functionName(draw, ["compute", "sum", "total", "series"], about);
  const which = test === undefined ? "" : ` ${test.words}`;
  const each = step === undefined ? "" : `, each ${step.words}`;
  const what = isProduct ? "product" : "sum";
  const words = `Returns the ${what} of the numbers from ${from} to the ${top}${which}${each}.`;
  return single(name, params, "int", body, words);
}

/** Digit loops: divide by the base until nothing is left. */
function digits(draw: Draw): Drawn {
  const name = thing(draw);
  const base = draw.random.pick([2, 3, 5, 7, 8, 10, 10, 16]);
  const rest = nameAmong(draw, ["rest", "remaining", "left", "value"]);
  const total = nameAmong(draw, accumulators);
  const digit = binary("mod", variable(rest), int(base));
  const [step, what] = oneOf<readonly [Stmt, string]>(
    draw,
    () => [update("add", variable(total), digit), "sum of the digits"],
    () => [update("add", variable(total), int(1)), "number of digits"],
    () => [
      assign(variable(total), binary("add", binary("mul", variable(total), int(base)), digit)),
      "digits in reverse",
    ],
    () => {
      const k = number(draw, 0, base - 1);
      const isDigit = binary("eq", digit, int(k));
      return [when(isDigit, update("add", variable(total), int(1))), `number of digits ${k}`];
    },
    () => [assign(variable(total), lib("int.max", variable(total), digit)), "largest digit"],
  );
  const body = [
    declare(rest, "int", variable(name)),
    declare(total, "int", int(0)),
    repeatWhile(
      binary("gt", variable(rest), int(0)),
      step,
      assign(variable(rest), lib("int.div", variable(rest), int(base))),
    ),
    give(variable(total)),
  ];
  const called = functionName(draw, ["digits", "reduce", "fold", "unwind"], name);
  const words = `Returns the ${what} of the ${spokenName(name)} in base ${base}.`;
  return single(called, [{ name, type: "int" }], "int", body, words);
}

/** One function that calls itself, with its base case. */
function recursion(draw: Draw): Drawn {
  const n = nameAmong(draw, ["n", "depth", "steps", "rounds", "level", "size"]);
  const about = thing(draw);
  const name = functionName(draw, ["count", "compute", "grow", "expand", "nest"], about);
  const k = number(draw, 1, 3);
  const again = (by: number) => call(name, binary("sub", variable(n), int(by)));
  const start = number(draw, 0, 5);
  const m = number(draw, 2, 9);
  const [value, words] = oneOf<readonly [Expr, string]>(
    draw,
    () => [binary("mul", variable(n), again(k)), "multiplies by itself"],
    () => [binary("add", variable(n), again(k)), "adds itself"],
    () => [binary("add", again(k), again(k + 1)), "adds its two predecessors"],
    () => [binary("mul", int(m), again(k)), `multiplies by ${m}`],
    () => [binary("add", int(m), again(k)), `adds ${m}`],
    () => [binary("add", again(k), binary("mod", variable(n), int(m))), `adds the rest by ${m}`],
    () => [lib("int.max", variable(n), binary("add", again(k), int(m))), `adds ${m} if larger`],
  );
  const body = [when(binary("le", variable(n), int(k)), give(int(start))), give(value)];
  const sentence = `Recursively ${words} for the ${spokenName(about)}, starting at ${start}.`;
  return single(name, [{ name: n, type: "int" }], "int", body, sentence);
}

/** Greatest common divisor and its like: two numbers, recursion or loop. */
function twoNumbers(draw: Draw): Drawn {
  const [a, b] = [thing(draw), thing(draw)];
  const name = functionName(draw, ["combine", "relate", "match", "join"].slice(0, 2), a);
  const k = number(draw, 0, 9);
  const x = variable(a);
  const y = variable(b);
  const rest = binary("mod", x, y);
  const [body, words] = oneOf<readonly [Stmt[], string]>(
    draw,
    () => [
      [
        when(binary("eq", y, int(0)), give(k === 0 ? x : binary("add", x, int(k)))),
        give(call(name, y, rest)),
      ],
      "greatest common divisor",
    ],
    () => [
      [
        when(binary("eq", y, int(0)), give(int(k))),
        give(binary("add", x, call(name, x, binary("sub", y, int(1))))),
      ],
      "product",
    ],
    () => [[give(choose(binary("gt", x, y), binary("sub", x, y), int(k)))], "surplus"],
    () => [[give(lib("int.abs", binary("sub", x, binary("mul", y, int(k)))))], "distance"],
    () => [
      [when(binary("lt", x, y), give(int(k))), give(lib("int.div", x, binary("add", y, int(1))))],
      "share",
    ],
  );
  const params: Parameter[] = [a, b].map((p) => ({ name: p, type: "int" }));
  const sentence = `Returns the ${words} of the ${spokenName(a)} and the ${spokenName(b)}.`;
  return single(name, params, "int", body, sentence);
}

/** Straight-line arithmetic over named steps. */
function formula(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const names = Array.from({ length: number(draw, 1, 2) }, () => thing(draw));
  let current: Expr = parameter(params, names[0]!, "int");
  const body: Stmt[] = [];
  for (const other of names.slice(1)) {
    const right = parameter(params, other, "int");
    current = binary(draw.random.pick(["add", "sub", "mul"] as const), current, right);
  }
  const steps = number(draw, 1, draw.difficulty);
  const said: string[] = [];
  for (let i = 0; i < steps; i++) {
    const local = thing(draw);
    const step = intStep(draw, variable(local), i === 0 && names.length === 1);
    body.push(declare(local, "int", current));
    said.push(step.words);
    current = step.value;
  }
  const name = functionName(draw, ["compute", "calculate", "derive", "estimate"], thing(draw));
  const inputs = names.map((n) => `the ${spokenName(n)}`).join(" and ");
  const words = `Computes a number from ${inputs}: ${said.join(", then ")}.`;
  return single(name, params, "int", [...body, give(current)], words);
}

/** An if chain that grades a number by thresholds. */
function grade(draw: Draw): Drawn {
  const input = thing(draw);
  const isText = chance(draw, 0.7);
  const steps = number(draw, 1, draw.difficulty);
  let threshold = number(draw, 40, 100);
  const answer = (i: number): Expr => (isText ? str(fragment(draw)) : int(i * 10));
  const clauses: Clause[] = [];
  for (let i = 0; i < steps; i++) {
    const test = binary("ge", variable(input), int(threshold));
    clauses.push({ test, body: [give(answer(i + 1))] });
    threshold = Math.max(1, threshold - number(draw, 5, 30));
  }
  const chain: Stmt = chance(draw, 0.5)
    ? { kind: "if", clauses, otherwise: [give(answer(0))] }
    : { kind: "if", clauses };
  const body = chain.kind === "if" && chain.otherwise ? [chain] : [chain, give(answer(0))];
  const name = functionName(draw, ["grade", "rank", "classify", "describe"], input);
  const words = `Grades the ${spokenName(input)} in ${steps + 1} steps.`;
  return single(name, [{ name: input, type: "int" }], isText ? "str" : "int", body, words);
}

/** A number kept inside bounds, or refused. */
function clamp(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const name = thing(draw);
  const x = parameter(params, name, "int");
  const test: Piece = intTest(draw, x, params);
  const step = intStep(draw, x);
  const isRefused = chance(draw, 0.4);
  const first = isRefused
    ? raise(`${spokenName(name)} ${fragment(draw)}`)
    : give(int(number(draw, 0, 30)));
  const body = [when(test.value, first), give(step.value)];
  const called = functionName(draw, ["adjust", "limit", "bound", "check"], name);
  const verb = isRefused ? "Refuses" : "Replaces";
  const words = `${verb} a ${spokenName(name)} ${test.words}, else returns it ${step.words}.`;
  return single(called, params, "int", body, words);
}

/** Families of arithmetic. */
export const numberFamilies: readonly Family[] = [
  { name: "range-fold", weight: 3, draw: rangeFold },
  { name: "digits", weight: 2, draw: digits },
  { name: "recursion", weight: 2, draw: recursion },
  { name: "two-numbers", weight: 2, draw: twoNumbers },
  { name: "formula", weight: 3, draw: formula },
  { name: "grade", weight: 2, draw: grade },
  { name: "clamp", weight: 2, draw: clamp },
];

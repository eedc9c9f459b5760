/** @file Families over lists: fold, collect, search, compare neighbours; as loops and as queries. */
import { chance, collection, type Draw, functionName, nameAmong, number } from "../draw.ts";
import { spokenName } from "../naming.ts";
import { intStep, intTest, type Piece, parameter, strStep, strTest } from "../pieces.ts";
import {
  assign,
  binary,
  call,
  declare,
  type Expr,
  each,
  empty,
  give,
  int,
  lib,
  type Parameter,
  perform,
  type Query,
  raise,
  range,
  type Stmt,
  str,
  update,
  variable,
  when,
} from "../program.ts";
import { accumulators, counters, results, separators } from "../words.ts";
import { type Drawn, type Family, single } from "./family.ts";

type Element = "int" | "str";

interface Items {
  readonly params: Parameter[];
  readonly list: Expr;
  readonly item: string;
  readonly many: string;
  readonly element: Element;
}

function items(draw: Draw, element: Element): Items {
  const { many, one } = collection(draw);
  const params: Parameter[] = [];
  const list = parameter(params, many, element === "int" ? "intList" : "strList");
  return { params, list, item: one, many, element };
}

const elementOf = (draw: Draw): Element => (chance(draw, 0.5) ? "int" : "str");

const testOf = (draw: Draw, { element, item, params }: Items): Piece =>
  (element === "int" ? intTest : strTest)(draw, variable(item), params);

const stepOf = (draw: Draw, { element, item }: Items): Piece =>
  (element === "int" ? intStep : strStep)(draw, variable(item));

/** The list's elements as English words, with the test they must pass. */
const said = (from: Items, test?: Piece): string =>
  `the ${spokenName(from.many)}${test === undefined ? "" : ` ${test.words}`}`;

/** Share of programs with a filter, growing with difficulty. */
const hasTest = (draw: Draw): boolean => chance(draw, 0.4 + 0.15 * draw.difficulty);

function accumulate(draw: Draw): Drawn {
  const from = items(draw, "int");
  const total = nameAmong(draw, accumulators);
  const test = hasTest(draw) ? testOf(draw, from) : undefined;
  const step = chance(draw, 0.6) ? stepOf(draw, from) : undefined;
  const isProduct = chance(draw, 0.25);
  const value = step?.value ?? variable(from.item);
  const add = update(isProduct ? "mul" : "add", variable(total), value);
  const name = functionName(draw, isProduct ? ["multiply"] : ["sum", "total", "add"], from.many);
  const body = [
    declare(total, "int", int(isProduct ? 1 : 0)),
    each(from.item, "int", from.list, test === undefined ? add : when(test.value, add)),
    give(variable(total)),
  ];
  const what = isProduct ? "product" : "sum";
  const each_ = step === undefined ? "" : `, each ${step.words}`;
  return single(
    name,
    from.params,
    "int",
    body,
    `Returns the ${what} of ${said(from, test)}${each_}.`,
  );
}

function count(draw: Draw): Drawn {
  const from = items(draw, elementOf(draw));
  const counter = nameAmong(draw, counters);
  const test = testOf(draw, from);
  const body = [
    declare(counter, "int", int(0)),
    each(
      from.item,
      from.element,
      from.list,
      when(test.value, update("add", variable(counter), int(number(draw, 1, 2)))),
    ),
    give(variable(counter)),
  ];
  const name = functionName(draw, ["count", "tally", "measure"], from.many);
  return single(name, from.params, "int", body, `Counts ${said(from, test)}.`);
}

const endings = {
  sum: { verbs: ["sum", "total"], returns: "int", says: "Returns the sum of" },
  count: { verbs: ["count", "tally"], returns: "int", says: "Counts" },
  any: { verbs: ["has", "contains"], returns: "bool", says: "Tells whether there are any of" },
  all: { verbs: ["only", "checkAll"], returns: "bool", says: "Tells whether there are only" },
  join: { verbs: ["join", "print", "show"], returns: "str", says: "Joins" },
} as const;

function aggregate(draw: Draw): Drawn {
  const end = draw.random.pick(Object.keys(endings) as (keyof typeof endings)[]);
  const from = items(draw, end === "sum" ? "int" : end === "join" ? "str" : elementOf(draw));
  const isPlain = end === "sum" || end === "join";
  const test = !isPlain || hasTest(draw) ? testOf(draw, from) : undefined;
  const step =
    isPlain && (test === undefined || chance(draw, 0.5)) ? stepOf(draw, from) : undefined;
  const query: Query = {
    kind: "query",
    source: from.list,
    item: from.item,
    end,
    ...(test && { where: test.value }),
    ...(step && { select: step.value }),
    ...(end === "join" && { separator: draw.random.pick(separators) }),
  };
  const { verbs, returns, says } = endings[end];
  const name = functionName(draw, verbs, from.many);
  const each_ = step === undefined ? "" : `, each ${step.words}`;
  return single(name, from.params, returns, [give(query)], `${says} ${said(from, test)}${each_}.`);
}

const listType = (element: Element) => (element === "int" ? "intList" : "strList");

function collectLoop(draw: Draw): Drawn {
  const from = items(draw, elementOf(draw));
  const result = nameAmong(draw, results);
  const test = hasTest(draw) ? testOf(draw, from) : undefined;
  const step = test === undefined || chance(draw, 0.5) ? stepOf(draw, from) : undefined;
  const add = perform(lib("list.add!", variable(result), step?.value ?? variable(from.item)));
  const type = listType(from.element);
  const finish: Stmt[] =
    chance(draw, 0.2 * (draw.difficulty - 1)) && from.element === "int"
      ? [perform(lib(chance(draw, 0.5) ? "list.sort!" : "list.reverse!", variable(result)))]
      : [];
  const body = [
    declare(result, type, empty(type)),
    each(from.item, from.element, from.list, test === undefined ? add : when(test.value, add)),
    ...finish,
    give(variable(result)),
  ];
  const name = functionName(draw, ["collect", "select", "filter", "gather", "keep"], from.many);
  const each_ = step === undefined ? "" : `, each ${step.words}`;
  return single(name, from.params, type, body, `Collects ${said(from, test)}${each_}.`);
}

function collectQuery(draw: Draw): Drawn {
  const from = items(draw, elementOf(draw));
  const test = hasTest(draw) ? testOf(draw, from) : undefined;
  const step = test === undefined || chance(draw, 0.5) ? stepOf(draw, from) : undefined;
  const query: Query = {
    kind: "query",
    source: from.list,
    item: from.item,
    end: "toList",
    ...(test && { where: test.value }),
    ...(step && { select: step.value }),
  };
  const name = functionName(draw, ["list", "map", "choose", "extract", "find"], from.many);
  const each_ = step === undefined ? "" : `, each ${step.words}`;
  const type = listType(from.element);
  return single(name, from.params, type, [give(query)], `Lists ${said(from, test)}${each_}.`);
}

function search(draw: Draw): Drawn {
  const from = items(draw, elementOf(draw));
  const test = testOf(draw, from);
  const isIndex = chance(draw, 0.5);
  const fallback = from.element === "int" ? int(number(draw, 0, 9)) : str("");
  const index = nameAmong(draw, ["i", "index", "position"]);
  const current = lib("list.get", from.list, variable(index));
  const body: Stmt[] = isIndex
    ? [
        range(
          index,
          int(0),
          lib("list.length", from.list),
          false,
          declare(from.item, from.element, current),
          when(test.value, give(variable(index))),
        ),
        give(int(-1)),
      ]
    : [
        each(from.item, from.element, from.list, when(test.value, give(variable(from.item)))),
        give(fallback),
      ];
  const verbs = isIndex ? ["locate", "indexOf", "position"] : ["find", "first", "search"];
  const what = isIndex ? "position of the first" : "first";
  const name = functionName(draw, verbs, from.item);
  const words = `Finds the ${what} of ${said(from, test)}.`;
  return single(name, from.params, isIndex ? "int" : from.element, body, words);
}

function neighbours(draw: Draw): Drawn {
  const from = items(draw, "int");
  const index = nameAmong(draw, ["i", "index", "position"]);
  const counter = nameAmong(draw, counters);
  const at = (shift: Expr) => lib("list.get", from.list, shift);
  const before = at(binary("sub", variable(index), int(1)));
  const here = at(variable(index));
  const isDistance = chance(draw, 0.5);
  const op = draw.random.pick(["gt", "lt", "eq", "ge", "le"] as const);
  const step: Stmt = isDistance
    ? update("add", variable(counter), lib("int.abs", binary("sub", here, before)))
    : when(binary(op, here, before), update("add", variable(counter), int(1)));
  const body = [
    declare(counter, "int", int(0)),
    range(index, int(1), lib("list.length", from.list), false, step),
    give(variable(counter)),
  ];
  const name = functionName(draw, ["compare", "scan", "measure", "walk"], from.many);
  const what = isDistance ? "Sums the distances between" : "Counts the steps between";
  return single(name, from.params, "int", body, `${what} neighbouring ${spokenName(from.many)}.`);
}

function extreme(draw: Draw): Drawn {
  const from = items(draw, "int");
  const isMost = chance(draw, 0.5);
  const best = nameAmong(
    draw,
    isMost ? ["highest", "largest", "best"] : ["lowest", "smallest", "least"],
  );
  const start = number(draw, 0, 9);
  const guards: Stmt[] = chance(draw, 0.5)
    ? [when(lib("list.isEmpty", from.list), give(int(start)))]
    : [when(lib("list.isEmpty", from.list), raise(`no ${spokenName(from.many)}`))];
  const body = [
    ...guards,
    declare(best, "int", lib("list.get", from.list, int(0))),
    each(
      from.item,
      "int",
      from.list,
      when(
        binary(isMost ? "gt" : "lt", variable(from.item), variable(best)),
        assign(variable(best), variable(from.item)),
      ),
    ),
    give(variable(best)),
  ];
  const name = functionName(draw, [best, "pick", "select"], from.item);
  const what = `Returns the ${best} of the ${spokenName(from.many)}.`;
  return single(name, from.params, "int", body, what);
}

/** A loop whose test lives in a function of its own; what the test needs is passed through. */
function withHelper(draw: Draw): Drawn {
  const from = items(draw, elementOf(draw));
  const inner: Parameter[] = [{ name: from.item, type: from.element }];
  const test = testOf(draw, { ...from, params: inner });
  const helper = functionName(draw, ["accept", "is", "match", "admit"], from.item);
  const result = nameAmong(draw, results);
  const type = listType(from.element);
  const add = perform(lib("list.add!", variable(result), variable(from.item)));
  const passed = inner.map(({ name }) => variable(name));
  const body = [
    declare(result, type, empty(type)),
    each(from.item, from.element, from.list, when(call(helper, ...passed), add)),
    give(variable(result)),
  ];
  const name = functionName(draw, ["collect", "select", "filter", "gather"], from.many);
  const params = [...from.params, ...inner.slice(1)];
  return {
    functions: [
      { name: helper, params: inner, returns: "bool", body: [give(test.value)], role: "helper" },
      { name, params, returns: type, body, role: "function" },
    ],
    description: `Collects ${said(from, test)}, with the test as a function of its own.`,
  };
}

/** Families over lists. */
export const listFamilies: readonly Family[] = [
  { name: "accumulate", weight: 3, draw: accumulate },
  { name: "count", weight: 2, draw: count },
  { name: "aggregate", weight: 3, draw: aggregate },
  { name: "collect-loop", weight: 3, draw: collectLoop },
  { name: "collect-query", weight: 3, draw: collectQuery },
  { name: "search", weight: 2, draw: search },
  { name: "neighbours", weight: 1, draw: neighbours },
  { name: "extreme", weight: 1, draw: extreme },
  { name: "helper", weight: 1, draw: withHelper },
];

/** @file Families over maps and sets: count, look up, keep what is distinct. */
import {
  chance,
  collection,
  type Draw,
  fragment,
  functionName,
  nameAmong,
  number,
} from "../draw.ts";
import { spokenName } from "../naming.ts";
import { intStep, intTest, parameter, strStep, strTest } from "../pieces.ts";
import {
  binary,
  declare,
  type Expr,
  each,
  empty,
  give,
  int,
  lib,
  not,
  type Parameter,
  perform,
  type Stmt,
  str,
  update,
  variable,
  when,
} from "../program.ts";
import { counters, results } from "../words.ts";
import { type Drawn, type Family, single } from "./family.ts";

/** Count texts, or add up a number for each, in a map. */
function tally(draw: Draw): Drawn {
  const { many, one } = collection(draw);
  const params: Parameter[] = [{ name: many, type: "strList" }];
  const map = nameAmong(draw, ["counts", "totals", "table", "index", "summary"]);
  const step = chance(draw, 0.4) ? strStep(draw, variable(one)) : undefined;
  const key = nameAmong(draw, ["key", "name", "code"]);
  const keyed: Expr = step === undefined ? variable(one) : variable(key);
  const amount = chance(draw, 0.5) ? int(number(draw, 1, 5)) : lib("str.length", variable(one));
  const old = lib("map.getOr", variable(map), keyed, int(0));
  const put = perform(lib("map.put!", variable(map), keyed, binary("add", old, amount)));
  const loop: Stmt[] = step === undefined ? [put] : [declare(key, "str", step.value), put];
  const test = chance(draw, 0.3 * (draw.difficulty - 1)) ? strTest(draw, keyed, params) : undefined;
  const inner = test === undefined ? loop : [...loop.slice(0, -1), when(test.value, put)];
  const body = [
    declare(map, "intMap", empty("intMap")),
    each(one, "str", variable(many), ...inner),
    give(variable(map)),
  ];
  const name = functionName(draw, ["count", "group", "index", "tally"], many);
  const which = step === undefined ? "" : ` ${step.words}`;
  return single(name, params, "intMap", body, `Adds up the ${spokenName(many)}${which} by name.`);
}

/** A value of a map, with a default, a step or a message around it. */
function lookup(draw: Draw): Drawn {
  const { many, one } = collection(draw);
  const isText = chance(draw, 0.5);
  const fallback = isText ? str(fragment(draw)) : int(number(draw, 0, 30));
  const map = variable(many);
  const key = variable(one);
  const value = nameAmong(draw, ["value", "entry", "known", "current"]);
  const step = (isText ? strStep : intStep)(draw, variable(value));
  const type = isText ? "str" : "int";
  const isShort = chance(draw, 0.4);
  const body = isShort
    ? [declare(value, type, lib("map.getOr", map, key, fallback)), give(step.value)]
    : [
        when(not(lib("map.has", map, key)), give(fallback)),
        declare(value, type, lib("map.get", map, key)),
        give(step.value),
      ];
  const params: Parameter[] = [
    { name: many, type: isText ? "strMap" : "intMap" },
    { name: one, type: "str" },
  ];
  const name = functionName(draw, ["lookup", "resolve", "fetch", "get"], one);
  const words = `Looks up a ${spokenName(one)} and returns its value ${step.words}.`;
  return single(name, params, type, body, words);
}

/** Walk the keys of a map and keep or count those whose value passes. */
function walkMap(draw: Draw): Drawn {
  const { many, one } = collection(draw);
  const params: Parameter[] = [];
  const map = parameter(params, many, "intMap");
  const test = intTest(draw, lib("map.get", map, variable(one)), params);
  const isCount = chance(draw, 0.5);
  const result = nameAmong(draw, isCount ? counters : results);
  const keep: Stmt = isCount
    ? update("add", variable(result), lib("map.get", map, variable(one)))
    : perform(lib("list.add!", variable(result), variable(one)));
  const type = isCount ? "int" : "strList";
  const body = [
    declare(result, type, isCount ? int(number(draw, 0, 3)) : empty("strList")),
    each(one, "str", lib("map.keys", map), when(test.value, keep)),
    give(variable(result)),
  ];
  const verbs = isCount ? ["sum", "total", "add"] : ["keys", "select", "list"];
  const name = functionName(draw, verbs, many);
  const what = isCount ? "Sums the values" : "Lists the names";
  const words = `${what} of the ${spokenName(many)} with a value ${test.words}.`;
  return single(name, params, type, body, words);
}

/** Keep the first of equal texts. */
function distinct(draw: Draw): Drawn {
  const { many, one } = collection(draw);
  const seen = nameAmong(draw, ["seen", "known", "visited", "used"]);
  const step = chance(draw, 0.6) ? strStep(draw, variable(one)) : undefined;
  const isCount = chance(draw, 0.3);
  const value = step?.value ?? variable(one);
  const add = perform(lib("set.add!", variable(seen), value));
  const result = nameAmong(draw, results);
  const body: Stmt[] = isCount
    ? [
        declare(seen, "strSet", empty("strSet")),
        each(one, "str", variable(many), add),
        give(lib("set.length", variable(seen))),
      ]
    : [
        declare(seen, "strSet", empty("strSet")),
        declare(result, "strList", empty("strList")),
        each(
          one,
          "str",
          variable(many),
          when(
            not(lib("set.has", variable(seen), value)),
            add,
            perform(lib("list.add!", variable(result), variable(one))),
          ),
        ),
        give(variable(result)),
      ];
  const name = functionName(draw, ["distinct", "unique", "dedupe"], many);
  const which = step === undefined ? "" : `, compared ${step.words}`;
  const verb = isCount ? "Counts" : "Lists";
  const params: Parameter[] = [{ name: many, type: "strList" }];
  const words = `${verb} the distinct ${spokenName(many)}${which}.`;
  return single(name, params, isCount ? "int" : "strList", body, words);
}

/** Families over maps and sets. */
export const mapFamilies: readonly Family[] = [
  { name: "tally", weight: 2, draw: tally },
  { name: "lookup", weight: 2, draw: lookup },
  { name: "walk-map", weight: 2, draw: walkMap },
  { name: "distinct", weight: 1, draw: distinct },
];

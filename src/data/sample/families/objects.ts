/** @file Families of methods: getters, setters, builders, counters, checks of fields. */
import { chance, type Draw, fragment, functionName, nameAmong, number, thing } from "../draw.ts";
import { joinWords, plural, spokenName } from "../naming.ts";
import { intStep, intTest, strStep, strTest } from "../pieces.ts";
import {
  assign,
  binary,
  declare,
  type Expr,
  type FormatHole,
  field,
  format,
  give,
  int,
  lib,
  nothing,
  type Parameter,
  perform,
  raise,
  type Stmt,
  self,
  str,
  type Type,
  update,
  variable,
  when,
} from "../program.ts";
import { type Drawn, type Family, method } from "./family.ts";

type Simple = "int" | "str";
const simple = (draw: Draw): Simple => (chance(draw, 0.5) ? "int" : "str");

const stepOf = (draw: Draw, type: Simple, x: Expr) => (type === "int" ? intStep : strStep)(draw, x);

function getter(draw: Draw): Drawn {
  const name = thing(draw);
  const type = simple(draw);
  const step = chance(draw, 0.3 * draw.difficulty) ? stepOf(draw, type, field(name)) : undefined;
  const body: Stmt[] = [];
  if (type === "str" && chance(draw, 0.4)) {
    body.push(when(lib("isNull", field(name)), give(str(fragment(draw)))));
  }
  body.push(give(step?.value ?? field(name)));
  const words = `Returns the ${spokenName(name)}${step === undefined ? "" : ` ${step.words}`}.`;
  return method(joinWords("get", name), [], [{ name, type }], type, body, words);
}

function setter(draw: Draw): Drawn {
  const name = thing(draw);
  const type = simple(draw);
  const params: Parameter[] = [{ name, type }];
  const value = variable(name);
  const step = chance(draw, 0.5) ? stepOf(draw, type, value) : undefined;
  const body: Stmt[] = [];
  if (chance(draw, 0.5)) {
    const test = (type === "int" ? intTest : strTest)(draw, value, params);
    const refuse = raise(`${spokenName(name)} ${fragment(draw)}`);
    body.push(when(test.value, chance(draw, 0.5) ? refuse : give()));
  }
  body.push(assign(field(name), step?.value ?? value));
  const fields: Parameter[] = [{ name, type }];
  if (chance(draw, 0.3)) {
    const changes = nameAmong(draw, ["changes", "version", "revision"]);
    fields.push({ name: changes, type: "int" });
    body.push(update("add", field(changes), int(1)));
  }
  const words = `Sets the ${spokenName(name)}${step === undefined ? "" : ` ${step.words}`}.`;
  return method(joinWords("set", name), params, fields, "void", body, words);
}

/** A setter that returns the object, as builders do. */
function builder(draw: Draw): Drawn {
  const name = thing(draw);
  const type = simple(draw);
  const value = variable(name);
  const owner: Type = { object: joinWords(thing(draw), "builder") };
  const step = chance(draw, 0.5) ? stepOf(draw, type, value) : undefined;
  const set = assign(field(name), step?.value ?? value);
  const isList = type === "str" && chance(draw, 0.4);
  const change = isList
    ? perform(lib("list.add!", field(plural(name)), step?.value ?? value))
    : set;
  const called = joinWords(draw.random.pick(isList ? ["add", "append"] : ["with", "using"]), name);
  const verb = isList ? "Adds a" : "Sets the";
  const words = `${verb} ${spokenName(name)} and returns the builder.`;
  const kept: Parameter = isList ? { name: plural(name), type: "strList" } : { name, type };
  return method(called, [{ name, type }], [kept], owner, [change, give(self)], words);
}

/** Change a number the object keeps. */
function counter(draw: Draw): Drawn {
  const name = thing(draw);
  const by = thing(draw);
  const params: Parameter[] = [{ name: by, type: "int" }];
  const op = draw.random.pick(["add", "sub", "mul"] as const);
  const body: Stmt[] = [];
  if (chance(draw, 0.5)) {
    body.push(when(intTest(draw, variable(by), params).value, give(field(name))));
  }
  const step = chance(draw, 0.5) ? intStep(draw, variable(by)).value : variable(by);
  body.push(update(op, field(name), step));
  if (chance(draw, 0.4)) {
    const top = number(draw, 50, 200);
    body.push(when(binary("gt", field(name), int(top)), assign(field(name), int(top))));
  }
  const verbs = { add: "increase", sub: "decrease", mul: "scale" };
  const called = joinWords(verbs[op], name);
  const words = `Changes the ${spokenName(name)} by the ${spokenName(by)} and returns it.`;
  const fields: Parameter[] = [{ name, type: "int" }];
  return method(called, params, fields, "int", [...body, give(field(name))], words);
}

/** Put a thing on the object's list, unless something speaks against it. */
function register(draw: Draw): Drawn {
  const name = thing(draw);
  const many = plural(name);
  const params: Parameter[] = [{ name, type: "str" }];
  const value = variable(name);
  const list = field(many);
  const local = nameAmong(draw, ["key", "entry", "value"]);
  const step = strStep(draw, value);
  const body: Stmt[] = [declare(local, "str", step.value)];
  const refuse = chance(draw, 0.5)
    ? give(lib("list.length", list))
    : raise(`${fragment(draw)} ${name}`);
  const known = lib("list.contains", list, variable(local));
  const test = chance(draw, 0.6) ? known : strTest(draw, variable(local), params).value;
  body.push(when(test, refuse), perform(lib("list.add!", list, variable(local))));
  const called = functionName(draw, ["register", "enter", "add", "push"], name);
  const words = `Registers a ${spokenName(name)} ${step.words} and returns how many there are.`;
  const fields: Parameter[] = [{ name: many, type: "strList" }];
  const size = give(lib("list.length", list));
  return method(called, params, fields, "int", [...body, size], words);
}

/** The object as a text. */
function toText(draw: Draw): Drawn {
  const about = thing(draw);
  const fields = Array.from({ length: number(draw, 1, 1 + draw.difficulty) }, () => ({
    name: thing(draw),
    type: simple(draw),
  }));
  const value = format(
    ...fields.flatMap(({ name, type }, i): (string | FormatHole)[] => [
      `${i === 0 ? "" : " "}${fragment(draw)}=`,
      { value: field(name), type },
    ]),
  );
  const called = functionName(draw, ["describe", "print", "show"], about);
  const words = `Describes the ${spokenName(about)} by ${fields.map((f) => `its ${spokenName(f.name)}`).join(" and ")}.`;
  return method(called, [], fields, "str", [give(value)], words);
}

/** Compare a field with a bound or a text. */
function ask(draw: Draw): Drawn {
  const name = thing(draw);
  const type = simple(draw);
  const params: Parameter[] = [];
  const test = (type === "int" ? intTest : strTest)(draw, field(name), params);
  const isNullable = type === "str" && chance(draw, 0.5);
  const guard = binary("or", lib("isNull", field(name)), test.value);
  const called = functionName(draw, ["is", "has", "check", "matches"], name);
  const words = `Tells whether the ${spokenName(name)} ${isNullable ? "is missing or " : ""}${test.claim}.`;
  return method(
    called,
    params,
    [{ name, type }],
    "bool",
    [give(isNullable ? guard : test.value)],
    words,
  );
}

/** Give back a field, made first if it is not there yet. */
function lazily(draw: Draw): Drawn {
  const name = thing(draw);
  const from = thing(draw);
  const step = strStep(draw, field(from));
  const make = assign(field(name), step.value);
  const body = [when(lib("isNull", field(name)), make), give(field(name))];
  const clear = [
    declare(from, "str", field(name)),
    assign(field(name), nothing),
    give(variable(from)),
  ];
  const isClear = chance(draw, 0.3);
  const called = functionName(
    draw,
    isClear ? ["take", "clear"] : ["load", "ensure", "obtain"],
    name,
  );
  const words = isClear
    ? `Takes the ${spokenName(name)} out of the object.`
    : `Returns the ${spokenName(name)}, made from the ${spokenName(from)} if missing.`;
  const fields: Parameter[] = [name, from].map((f) => ({ name: f, type: "str" }));
  return method(
    called,
    [],
    isClear ? fields.slice(0, 1) : fields,
    "str",
    isClear ? clear : body,
    words,
  );
}

/** Families of methods. */
export const objectFamilies: readonly Family[] = [
  { name: "getter", weight: 1, draw: getter },
  { name: "setter", weight: 3, draw: setter },
  { name: "builder", weight: 2, draw: builder },
  { name: "field-counter", weight: 2, draw: counter },
  { name: "register", weight: 2, draw: register },
  { name: "to-text", weight: 2, draw: toText },
  { name: "ask-field", weight: 2, draw: ask },
  { name: "lazy-field", weight: 1, draw: lazily },
];

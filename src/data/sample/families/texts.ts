/** @file Families over texts: steps, scans of characters, formatted messages, joins and parses. */
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
import { spokenName } from "../naming.ts";
import { type Piece, parameter, strStep, strTest } from "../pieces.ts";
import {
  assign,
  binary,
  char,
  concat,
  declare,
  type Expr,
  each,
  type FormatHole,
  format,
  give,
  int,
  lib,
  not,
  type Parameter,
  range,
  type Stmt,
  str,
  update,
  variable,
  when,
} from "../program.ts";
import { accumulators, counters, letters, separators, textNames } from "../words.ts";
import { type Drawn, type Family, single } from "./family.ts";

/** A chain of steps on one text, each under a name, some under a condition. */
function textSteps(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const name = nameAmong(draw, textNames);
  parameter(params, name, "str");
  const local = nameAmong(draw, ["clean", "value", "changed", "output", "edited"]);
  const said: string[] = [];
  const step = (of: Expr): Expr => {
    const piece = strStep(draw, of);
    said.push(piece.words);
    return piece.value;
  };
  const body: Stmt[] = [declare(local, "str", step(variable(name)))];
  const rounds = number(draw, 1, draw.difficulty);
  for (let i = 0; i < rounds; i++) {
    const change = assign(variable(local), step(variable(local)));
    if (chance(draw, 0.5)) body.push(change);
    else body.push(when(strTest(draw, variable(local), params).value, change));
  }
  const called = functionName(draw, ["clean", "prepare", "change", "format", "adapt"], thing(draw));
  const words = `Returns the ${spokenName(name)} ${said.join(", then ")}.`;
  return single(called, params, "str", [...body, give(variable(local))], words);
}

function charTest(draw: Draw, c: Expr): Piece {
  const letter = draw.random.pick(letters);
  return oneOf<Piece>(
    draw,
    () => ({ value: binary("eq", c, char(letter)), words: `equal to ${letter}` }),
    () => ({ value: binary("ne", c, char(letter)), words: `other than ${letter}` }),
    () => ({ value: lib("char.isDigit", c), words: "that are digits" }),
    () => ({ value: lib("char.isUpper", c), words: "in upper case" }),
    () => ({ value: not(lib("char.isDigit", c)), words: "that are no digits" }),
  );
}

function scan(draw: Draw): Drawn {
  const name = nameAmong(draw, textNames);
  const letter = nameAmong(draw, ["c", "letter", "symbol", "mark"]);
  const test = charTest(draw, variable(letter));
  const isCount = chance(draw, 0.5);
  const total = nameAmong(draw, isCount ? counters : ["result", "output", "kept", "built"]);
  const step = isCount
    ? update("add", variable(total), int(1))
    : update("concat", variable(total), variable(letter));
  const body = [
    declare(total, isCount ? "int" : "str", isCount ? int(0) : str("")),
    each(letter, "char", lib("str.chars", variable(name)), when(test.value, step)),
    give(variable(total)),
  ];
  const called = functionName(
    draw,
    isCount ? ["count", "measure"] : ["filter", "strip", "keep"],
    thing(draw),
  );
  const words = `${isCount ? "Counts" : "Keeps"} the characters of the ${name} ${test.words}.`;
  return single(called, [{ name, type: "str" }], isCount ? "int" : "str", body, words);
}

/** Compare a text with itself from the two ends, or its characters with a letter by position. */
function positions(draw: Draw): Drawn {
  const name = nameAmong(draw, textNames);
  const index = nameAmong(draw, ["i", "index", "position", "k"]);
  const test = charTest(draw, lib("str.charAt", variable(name), variable(index)));
  const isFirst = chance(draw, 0.5);
  const total = nameAmong(draw, accumulators);
  const from = number(draw, 0, 3);
  const step = isFirst
    ? give(variable(index))
    : update("add", variable(total), chance(draw, 0.5) ? variable(index) : int(number(draw, 1, 9)));
  const loop = range(
    index,
    int(from),
    lib("str.length", variable(name)),
    false,
    when(test.value, step),
  );
  const body = isFirst
    ? [loop, give(int(-1))]
    : [declare(total, "int", int(0)), loop, give(variable(total))];
  const called = functionName(draw, ["locate", "place", "weigh", "mark"], thing(draw));
  const what = isFirst ? "Finds the first position" : "Weighs the positions";
  const words = `${what} of the ${name} from ${from} on with characters ${test.words}.`;
  return single(called, [{ name, type: "str" }], "int", body, words);
}

/** A message with values inside, by formatting or by joining. */
function message(draw: Draw): Drawn {
  const params: Parameter[] = [];
  const holes = Array.from({ length: number(draw, 1, 1 + draw.difficulty) }, (): FormatHole => {
    const type = chance(draw, 0.5) ? "int" : "str";
    return { value: parameter(params, thing(draw), type), type };
  });
  const texts = holes.map(() => `${fragment(draw)} `);
  const value = chance(draw, 0.6)
    ? format(...holes.flatMap((hole, i) => [i === 0 ? texts[i]! : ` ${texts[i]}`, hole]))
    : concat(
        str(texts[0]!),
        ...holes.flatMap(({ value, type }, i) => {
          const text = type === "int" ? lib("int.toStr", value) : value;
          return i === 0 ? [text] : [str(` ${texts[i]}`), text];
        }),
      );
  const called = functionName(draw, ["format", "describe", "show", "print", "render"], thing(draw));
  const names = params.map((p) => `the ${spokenName(p.name)}`).join(" and ");
  return single(called, params, "str", [give(value)], `Describes ${names} in one text.`);
}

/** Join texts by hand, with a separator only between them. */
function joinLoop(draw: Draw): Drawn {
  const { many, one } = collection(draw);
  const result = nameAmong(draw, ["result", "output", "joined", "line"]);
  const separator = draw.random.pick(separators);
  const step = chance(draw, 0.5) ? strStep(draw, variable(one)) : undefined;
  const body = [
    declare(result, "str", str("")),
    each(
      one,
      "str",
      variable(many),
      when(
        not(lib("str.isEmpty", variable(result))),
        update("concat", variable(result), str(separator)),
      ),
      update("concat", variable(result), step?.value ?? variable(one)),
    ),
    give(variable(result)),
  ];
  const called = functionName(draw, ["join", "merge", "write", "list"], many);
  const each_ = step === undefined ? "" : `, each ${step.words}`;
  const words = `Joins the ${spokenName(many)} with "${separator}" between${each_}.`;
  return single(called, [{ name: many, type: "strList" }], "str", body, words);
}

/** Split a text and use its parts. */
function parse(draw: Draw): Drawn {
  const name = nameAmong(draw, textNames);
  const separator = draw.random.pick([",", "-", ";", " ", "/", ":"]);
  const parts = nameAmong(draw, ["parts", "pieces", "fields", "tokens"]);
  const part = nameAmong(draw, ["part", "piece", "token"]);
  const split = declare(parts, "strList", lib("str.split", variable(name), str(separator)));
  const total = nameAmong(draw, accumulators);
  const k = number(draw, 0, 20);
  const [rest, returns, what] = oneOf<readonly [Stmt[], "int" | "str", string]>(
    draw,
    () => [
      [
        declare(total, "int", int(k)),
        each(
          part,
          "str",
          variable(parts),
          update("add", variable(total), lib("str.length", variable(part))),
        ),
        give(variable(total)),
      ],
      "int",
      `total length of the parts, plus ${k}`,
    ],
    () => [
      [
        when(binary("le", lib("list.length", variable(parts)), int(k)), give(str(fragment(draw)))),
        give(lib("list.get", variable(parts), int(k))),
      ],
      "str",
      `part number ${k}`,
    ],
    () => [
      [give(lib("list.join", variable(parts), str(draw.random.pick(separators))))],
      "str",
      "parts, joined anew",
    ],
    () => [
      [give(binary("add", lib("list.length", variable(parts)), int(k)))],
      "int",
      `number of parts plus ${k}`,
    ],
  );
  const called = functionName(draw, ["parse", "split", "read", "break"].slice(0, 3), thing(draw));
  const words = `Splits the ${name} at "${separator}" and returns the ${what}.`;
  return single(called, [{ name, type: "str" }], returns, [split, ...rest], words);
}

/** Families over texts. */
export const textFamilies: readonly Family[] = [
  { name: "text-steps", weight: 3, draw: textSteps },
  { name: "scan", weight: 2, draw: scan },
  { name: "positions", weight: 2, draw: positions },
  { name: "message", weight: 3, draw: message },
  { name: "join-loop", weight: 1, draw: joinLoop },
  { name: "parse", weight: 2, draw: parse },
];

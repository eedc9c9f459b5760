import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { type AbstractFunction, drawFunction } from "./generate.ts";
import { applyCasing } from "./naming.ts";
import type { Type } from "./program.ts";
import { renderProgram } from "./render.ts";

type Value = number | string | Value[] | { [key: string]: Value };

const random = new Random(31);
const texts = ["", "alpha", "Beta 9", "  north-oak ", "12a", "a,b;c", "gold/river", "X", "tiger-1"];
const many = <T>(make: () => T): T[] => Array.from({ length: random.below(5) }, make);
const text = (): string => random.pick(texts);
const whole = (): number => random.below(16);

const inputs: Readonly<Record<string, () => Value>> = {
  int: whole,
  str: text,
  intList: () => many(whole),
  strList: () => many(text),
  intMap: () => Object.fromEntries(many(() => [text(), whole()])),
  strMap: () => Object.fromEntries(many(() => [text(), text()])),
};
const inputOf = (type: Type): Value => inputs[String(type)]!();

interface Call {
  readonly isMethod: boolean;
  readonly javascript: string;
  readonly python: string;
  /** In JavaScript's case; Python's is derived. */
  readonly name: string;
  readonly args: readonly Value[];
  readonly maps: readonly boolean[];
  readonly fields: readonly (readonly [string, Value])[];
}

function callOf({ functions, fields = [] }: AbstractFunction): Call {
  const main = functions.at(-1)!;
  return {
    isMethod: main.role === "method",
    javascript: renderProgram(functions, "javascript"),
    python: renderProgram(functions, "python"),
    name: main.name,
    args: main.params.map((p) => inputOf(p.type)),
    maps: main.params.map((p) => String(p.type).endsWith("Map")),
    fields: fields.map((p) => [p.name, inputOf(p.type)]),
  };
}

const calls = Array.from({ length: 1200 }, (_, i) => callOf(drawFunction(17, i >> 1, 3)));

/** The result as JSON; the object itself, and a failure, by name. */
function outcomeOf({ javascript, isMethod, name, args, maps, fields }: Call): string {
  const body = isMethod ? `return class {\n${javascript}\n}` : `${javascript}\nreturn ${name}`;
  const made = new Function(body)();
  const owner = isMethod ? new made() : {};
  Object.assign(owner, structuredClone(Object.fromEntries(fields)));
  const given = args.map((arg, i) =>
    maps[i] ? new Map(Object.entries(arg)) : structuredClone(arg),
  );
  try {
    const found = isMethod ? owner[name](...given) : made(...given);
    if (found instanceof Map) return JSON.stringify(Object.fromEntries(found));
    return found === owner ? "self" : JSON.stringify(found ?? null);
  } catch {
    return "failure";
  }
}

const outcomesInPython = `
import json, sys
class Holder: pass
for call in json.load(sys.stdin):
    names = {}
    exec(call["python"], names)
    owner = Holder()
    owner.__dict__.update(call["fields"])
    function = names[call["name"]]
    try:
        found = function(owner, *call["args"]) if call["isMethod"] else function(*call["args"])
        print("self" if found is owner else json.dumps(found, separators=(",", ":")))
    except Exception:
        print("failure")
`;

const hasPython = spawnSync("python3", ["--version"], { timeout: 10_000 }).status === 0;

describe.runIf(hasPython)("with Python", () => {
  test("the JavaScript and the Python form of a function give the same result", () => {
    const jobs = calls.map((call) => ({
      ...call,
      name: applyCasing(call.name, "snake"),
      fields: Object.fromEntries(call.fields.map(([k, v]) => [applyCasing(k, "snake"), v])),
    }));
    const input = JSON.stringify(jobs);
    const python = spawnSync("python3", ["-c", outcomesInPython], { input, encoding: "utf8" });
    expect(python.stderr).toBe("");
    const theirs = python.stdout.trimEnd().split("\n");
    const ours = calls.map(outcomeOf);
    const isExact = (value: string): boolean => !(Math.abs(Number(value)) > 2 ** 53);
    const different = calls.flatMap((call, i) =>
      isExact(ours[i]!) && ours[i] !== theirs[i] ? [{ ...call, js: ours[i], py: theirs[i] }] : [],
    );
    expect(different).toEqual([]);
    expect(ours.filter((outcome) => outcome !== "failure").length).toBeGreaterThan(1000);
  });
});

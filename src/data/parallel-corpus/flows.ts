/** @file How two values travel from where they enter to where they are used, one way per file row. */
import {
  chance,
  type Draw,
  fragment,
  functionName,
  nameAmong,
  number,
  thing,
} from "../sample/draw.ts";
import { constant, smallNumber } from "./origins.ts";
import {
  assign,
  declare,
  type Expr,
  log,
  type Name,
  nameOf,
  operation,
  type RecordDecl,
  type Stmt,
  text,
  when,
} from "./program.ts";
import { flagOf, localName, type Stage } from "./stage.ts";

/** The end of a way: statements, and where the two values are then. */
export interface Arrival {
  readonly before: readonly Stmt[];
  readonly first: Expr;
  readonly second: Expr;
}

/** A way, drawn once, that any two values may take. */
export type Route = (first: Expr, second: Expr) => Arrival;

interface Flow {
  readonly name: string;
  /** For numbers too? */
  readonly isForNumbers: boolean;
  /** Does anything happen on the way that could be exchanged? */
  readonly isDirect?: boolean;
  readonly draw: (stage: Stage) => Route;
}

const local = ({ draw, weakness }: Stage): Name =>
  nameOf(localName(draw, draw.random.pick(weakness.keys)), weakness.value);

/** A value of the right type that nobody outside chooses. */
const fixed = ({ draw, weakness }: Stage): Expr =>
  weakness.value === "int" ? smallNumber(draw) : constant(draw);

/** A step that changes nothing about how dangerous a value is. */
function drawStep({ draw, weakness }: Stage, isIdle = true): (value: Expr) => Expr {
  const idle = (value: Expr) => value;
  const steps =
    weakness.value === "int"
      ? [(value: Expr) => operation("add", value, { kind: "int", value: 1 })]
      : [(value: Expr) => operation("trim", value), (value: Expr) => operation("lower", value)];
  return draw.random.pick(isIdle ? [idle, ...steps] : steps);
}

const direct = (): Route => (first, second) => ({ before: [], first, second });

function renamed(stage: Stage): Route {
  const name = local(stage);
  const step = drawStep(stage);
  return (first, second) => ({ before: [declare(name, step(first))], first: name, second });
}

function branch(stage: Stage): Route {
  const name = local(stage);
  const flag = flagOf(stage);
  const start = fixed(stage);
  const step = drawStep(stage, false);
  const isDefault = chance(stage.draw, 0.5);
  return (first, second) => ({
    before: isDefault
      ? [declare(name, start), when(flag, assign(name, first))]
      : [declare(name, first), when(flag, assign(name, step(name)))],
    first: name,
    second,
  });
}

function loop(stage: Stage): Route {
  const { draw } = stage;
  const name = local(stage);
  const list = nameOf(nameAmong(draw, ["parts", "pieces", "names", "words"]), "texts");
  const item = nameOf(nameAmong(draw, ["part", "piece", "word"]), "text");
  const other = constant(draw);
  const isFirst = chance(draw, 0.5);
  return (first, second) => ({
    before: [
      declare(list, { kind: "texts", items: isFirst ? [first, other] : [other, first] }),
      declare(name, text("")),
      {
        kind: "each",
        item,
        list,
        body: [assign(name, { kind: "concat", parts: [name, item] })],
      },
    ],
    first: name,
    second,
  });
}

function collection(stage: Stage): Route {
  const list = nameOf(nameAmong(stage.draw, ["items", "values", "entries", "fields"]), "texts");
  const at = number(stage.draw, 0, 1);
  const name = chance(stage.draw, 0.5) ? local(stage) : undefined;
  const element = (index: number) => operation("element", list, { kind: "int", value: index });
  return (first, second) => ({
    before: [
      declare(list, { kind: "texts", items: at === 0 ? [first, second] : [second, first] }),
      ...(name ? [declare(name, element(at))] : []),
    ],
    first: name ?? element(at),
    second: element(1 - at),
  });
}

function field(stage: Stage): Route {
  const { draw, weakness } = stage;
  const one = (keys: readonly string[]) => ({
    name: nameAmong(draw, keys),
    type: weakness.value,
  });
  const [mine, other] = [one(weakness.keys), one(weakness.otherKeys)];
  const fields = draw.random.shuffle([mine, other]);
  const record: RecordDecl = { name: thing(draw), fields };
  const name = nameOf(nameAmong(draw, ["job", "task", "form", "data"]), { record });
  stage.records.push(record);
  return (first, second) => ({
    before: [
      declare(name, {
        kind: "make",
        record,
        values: fields.map((one) => (one === mine ? first : second)),
      }),
    ],
    first: { kind: "field", of: name, field: mine },
    second: { kind: "field", of: name, field: other },
  });
}

function reassignment(stage: Stage): Route {
  const name = local(stage);
  const start = fixed(stage);
  const message = `${fragment(stage.draw)} ${fragment(stage.draw)}`;
  return (first, second) => ({
    before: [declare(name, start), log(message, name), assign(name, first)],
    first: name,
    second,
  });
}

function helper(stage: Stage): Route {
  const { draw, weakness } = stage;
  const name = local(stage);
  const passed = nameOf(nameAmong(draw, ["raw", "source", "one"]), weakness.value);
  const called = functionName(draw, ["prepare", "shape", "tidy", "adapt", "clean"], thing(draw));
  const step = drawStep(stage);
  const { value: returns } = weakness;
  stage.calls.add("step");
  stage.helpers.push({
    name: called,
    params: [passed],
    returns,
    canFail: false,
    body: [{ kind: "return", value: step(passed) }],
  });
  return (first, second) => ({
    before: [
      declare(name, {
        kind: "call",
        name: called,
        args: [first],
        returns,
        canFail: false,
        local: "",
      }),
    ],
    first: name,
    second,
  });
}

/** The shapes of data flow. */
export const flows: readonly Flow[] = [
  { name: "direct", isForNumbers: true, isDirect: true, draw: direct },
  { name: "variable", isForNumbers: true, draw: renamed },
  { name: "branch", isForNumbers: true, draw: branch },
  { name: "loop", isForNumbers: false, draw: loop },
  { name: "collection", isForNumbers: false, draw: collection },
  { name: "field", isForNumbers: true, draw: field },
  { name: "reassignment", isForNumbers: true, draw: reassignment },
  { name: "helper", isForNumbers: true, draw: helper },
];

/** Statements beside the point, the same in both forms. */
export function drawDistractor(stage: Stage): Stmt[] {
  const { draw } = stage;
  const said = () => `${fragment(draw)} ${fragment(draw)}`;
  const ways: (() => Stmt[])[] = [
    () => [log(said())],
    () => [when(flagOf(stage), log(said()))],
    () => {
      const size = nameOf(thing(draw), "int");
      const total = nameOf(nameAmong(draw, ["total", "sum", "amount", "tally"]), "int");
      stage.params.push(size);
      const more = { kind: "int", value: number(draw, 2, 30) } as const;
      return [declare(total, operation("add", size, more)), log(said(), total)];
    },
    () => {
      const other = nameOf(nameAmong(draw, ["region", "locale", "zone", "mode"]), "text");
      stage.params.push(other);
      const limit = { kind: "int", value: number(draw, 8, 60) } as const;
      return [when(operation("longer", other, limit), log(said(), other))];
    },
    () => {
      const place = nameOf(nameAmong(draw, ["region", "stage", "locale", "mode"]), "text");
      return [declare(place, constant(draw)), log(said(), place)];
    },
  ];
  return draw.random.pick(ways)();
}

/** How many distractors there are at one place: none or one. */
export const distractors = (stage: Stage): Stmt[] =>
  chance(stage.draw, 0.3) ? drawDistractor(stage) : [];

/** A limit on the length of one of the values: a validation that does not help. */
export function drawLimit(stage: Stage, draw: Draw): Stmt[] {
  if (stage.weakness.value === "int" || !chance(draw, 0.25)) return [];
  const value = chance(draw, 0.5) ? stage.first : stage.second;
  const most = { kind: "int", value: number(draw, 60, 200) } as const;
  return [
    when(operation("longer", value, most), { kind: "raise", message: `${fragment(draw)} size` }),
  ];
}

/**
 * @file Families: in what the vulnerable and the safe form of a program differ. Always by an exchange
 * of two things that both forms hold, or by the place of a statement, so that the two forms have the
 * same tokens, as many of each, and only the flow of the data tells which is which.
 */
import { chance, fragment } from "../sample/draw.ts";
import { distractors, drawLimit, type Route } from "./flows.ts";
import { assign, declare, type Expr, log, nameOf, type Stmt, when } from "./program.ts";
import {
  canCheck,
  canClean,
  drawCheck,
  drawClean,
  drawDanger,
  drawHarmless,
  drawRefusal,
  drawSafe,
  flagOf,
  localName,
  resultName,
  type Stage,
  withLocal,
} from "./stage.ts";

/** The main function's body in one of its forms. */
export type Body = (isVulnerable: boolean) => Stmt[];

interface Family {
  readonly name: string;
  readonly fits: (stage: Stage) => boolean;
  /** Does it need a flow on which something can be exchanged? */
  readonly needsSteps?: boolean;
  /** Do its values go no way at all? */
  readonly isInPlace?: boolean;
  readonly draw: (stage: Stage, route: Route) => Body;
}

const always = () => true;

/** Both values, in an order that does not tell which matters. */
function drawOrigins(stage: Stage): (first: Expr, second: Expr) => Stmt[] {
  const { draw } = stage;
  const isSecondAhead = chance(draw, 0.5);
  const between = distractors(stage);
  const limit = drawLimit(stage, draw);
  return (first, second) => {
    const both = [declare(stage.first, first), declare(stage.second, second)];
    const [one, other] = isSecondAhead ? both.reverse() : both;
    return [one!, ...between, other!, ...limit];
  };
}

/** One value only, for families in which the second has no part. */
function drawOrigin(stage: Stage): Stmt[] {
  const between = distractors(stage);
  return [declare(stage.first, stage.bad), ...between];
}

/** A use with a result and statements after it; `null` for the statements' place when there are none. */
function drawEnding(stage: Stage): (outcome: Expr, after: readonly Stmt[]) => Stmt[] {
  const name = nameOf(resultName(stage.draw), stage.weakness.returns);
  return (outcome, after) => {
    if (stage.weakness.returns === "void") return [{ kind: "do", value: outcome }, ...after];
    if (after.length === 0) return [{ kind: "return", value: outcome }];
    return [
      declare(name, withLocal(outcome, name.name)),
      ...after,
      { kind: "return", value: name },
    ];
  };
}

type Point = "origins" | "carriers" | "uses";

/** Two values and two uses: what goes where is exchanged at one point of the way. */
const exchanged =
  (point: Point) =>
  (stage: Stage, route: Route): Body => {
    const { first, second, bad, good } = stage;
    const origins = drawOrigins(stage);
    const danger = drawDanger(stage);
    const harmless = drawHarmless(stage);
    const ending = drawEnding(stage);
    const isDangerLast = chance(stage.draw, 0.5);
    const isNatural = chance(stage.draw, 0.5);
    const beside = distractors(stage);
    return (isVulnerable) => {
      // "natural": the vulnerable form is the one in which nothing is exchanged
      const at = (place: Point) => place === point && isVulnerable !== isNatural;
      const inward: [Expr, Expr] = isNatural ? [bad, good] : [good, bad];
      const [a, b] = at("origins") ? [inward[1], inward[0]] : inward;
      const way = at("carriers") ? route(second, first) : route(first, second);
      const [used, told] = at("uses") ? [way.second, way.first] : [way.first, way.second];
      const { before, outcome } = danger(used);
      const whole = isDangerLast
        ? [...harmless(told), ...before, ...ending(outcome, [])]
        : [...before, ...ending(outcome, harmless(told))];
      return [...origins(a, b), ...beside, ...way.before, ...whole];
    };
  };

/** Each value right ahead of its use, and the place that matters last: the easiest to tell apart. */
function besideUse(stage: Stage): Body {
  const { first, second, bad, good } = stage;
  const danger = drawDanger(stage);
  const harmless = drawHarmless(stage);
  const ending = drawEnding(stage);
  const between = distractors(stage);
  return (isVulnerable) => {
    const [used, told] = isVulnerable ? [bad, good] : [good, bad];
    const { before, outcome } = danger(first);
    const beside = [declare(second, told), ...harmless(second), ...between];
    return [...beside, declare(first, used), ...before, ...ending(outcome, [])];
  };
}

/** Two values, two calls for the same purpose, one of them without the weakness. */
function exchangedApis(stage: Stage, route: Route): Body {
  const { first, second, bad, good } = stage;
  const origins = drawOrigins(stage);
  const flag = flagOf(stage);
  const [danger, safe] = [drawDanger(stage), drawSafe(stage)];
  const isDangerFirst = chance(stage.draw, 0.5);
  const beside = distractors(stage);
  return (isVulnerable) => {
    const way = route(first, second);
    const [a, b] = isVulnerable ? [way.first, way.second] : [way.second, way.first];
    const arms = [danger(a), safe(b)];
    const [inside, after] = isDangerFirst ? arms : arms.reverse();
    return [
      ...origins(bad, good),
      ...way.before,
      ...beside,
      when(flag, ...inside!.before, { kind: "return", value: inside!.outcome, isEarly: true }),
      ...after!.before,
      { kind: "return", value: after!.outcome },
    ];
  };
}

/** A check decides between the place that matters and its harmless twin, rightly or the wrong way round. */
function guardedArms(stage: Stage, route: Route): Body {
  const origin = drawOrigin(stage);
  const check = drawCheck(stage);
  const [danger, safe] = [drawDanger(stage), drawSafe(stage)];
  const isPassing = chance(stage.draw, 0.5);
  return (isVulnerable) => {
    const way = route(stage.first, stage.first);
    const [use, twin] = [danger(way.first), safe(way.first)];
    const isDangerInside = isPassing !== isVulnerable;
    const [inside, after] = isDangerInside ? [use, twin] : [twin, use];
    const test = isPassing ? check.passes(way.first) : check.fails(way.first);
    return [
      ...origin,
      ...way.before,
      ...check.before,
      when(test, ...inside.before, { kind: "return", value: inside.outcome, isEarly: true }),
      ...after.before,
      { kind: "return", value: after.outcome },
    ];
  };
}

/** A check that refuses, ahead of the use or behind it. */
function checkOrder(stage: Stage, route: Route): Body {
  const origin = drawOrigin(stage);
  const check = drawCheck(stage);
  const refuse = drawRefusal(stage, check);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  const told = log(`${fragment(stage.draw)} ${fragment(stage.draw)}`);
  return (isVulnerable) => {
    const way = route(stage.first, stage.first);
    const { before, outcome } = danger(way.first);
    const [ahead, behind] = isVulnerable
      ? [[], [...refuse(way.first), told]]
      : [refuse(way.first), [told]];
    return [
      ...origin,
      ...way.before,
      ...check.before,
      ...ahead,
      ...before,
      ...ending(outcome, behind),
    ];
  };
}

/** A check of the value that is used, or of the other one. */
function checkedValue(stage: Stage, route: Route): Body {
  const { first, second, bad, good } = stage;
  const origins = drawOrigins(stage);
  const check = drawCheck(stage);
  const refuse = drawRefusal(stage, check);
  const harmless = drawHarmless(stage);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  const isRefusedFirst = chance(stage.draw, 0.5);
  return (isVulnerable) => {
    const way = route(first, second);
    const [tested, told] = isVulnerable ? [way.second, way.first] : [way.first, way.second];
    const steps = [refuse(tested), harmless(told)];
    const { before, outcome } = danger(way.first);
    return [
      ...origins(bad, good),
      ...way.before,
      ...check.before,
      ...(isRefusedFirst ? steps : steps.reverse()).flat(),
      ...before,
      ...ending(outcome, []),
    ];
  };
}

/** A value and its cleaned copy: which of them is used, and which only told. */
function cleanedCopy(stage: Stage, route: Route): Body {
  const { draw, weakness } = stage;
  const origin = drawOrigin(stage);
  const clean = drawClean(stage);
  const copy = nameOf(localName(draw, draw.random.pick(weakness.keys)), weakness.value);
  const harmless = drawHarmless(stage);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  const isDangerLast = chance(draw, 0.5);
  return (isVulnerable) => {
    const way = route(stage.first, stage.first);
    const [used, told] = isVulnerable ? [way.first, copy] : [copy, way.first];
    const { before, outcome } = danger(used);
    const whole = isDangerLast
      ? [...harmless(told), ...before, ...ending(outcome, [])]
      : [...before, ...ending(outcome, harmless(told))];
    return [...origin, ...way.before, declare(copy, clean(way.first)), ...whole];
  };
}

/** A variable that is mended: cleaned, or given another value. */
function drawMending(stage: Stage, route: Route) {
  const { draw, weakness, first, second, bad, good } = stage;
  const name = nameOf(localName(draw, draw.random.pick(weakness.keys)), weakness.value);
  const clean = canClean(stage) && chance(draw, 0.6) ? drawClean(stage) : undefined;
  const origins = clean ? drawOrigin(stage) : drawOrigins(stage)(bad, good);
  const way = route(first, clean ? first : second);
  const mend = assign(name, clean?.(name) ?? way.second);
  return { name, start: [...origins, ...way.before], first: way.first, mend };
}

/** The variable is mended before its value is taken, or after. */
function mendingOrder(stage: Stage, route: Route): Body {
  const { draw, weakness } = stage;
  const { name, start, first, mend } = drawMending(stage, route);
  const taken = nameOf(localName(draw, draw.random.pick(weakness.keys)), weakness.value);
  const harmless = drawHarmless(stage);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  return (isVulnerable) => {
    const take = declare(taken, name);
    const { before, outcome } = danger(taken);
    return [
      ...start,
      declare(name, first),
      ...(isVulnerable ? [take, mend] : [mend, take]),
      ...harmless(name),
      ...before,
      ...ending(outcome, []),
    ];
  };
}

/** The variable is mended in any case, or only under a condition that says nothing about it. */
function mendingBranch(stage: Stage, route: Route): Body {
  const { name, start, first, mend } = drawMending(stage, route);
  const flag = flagOf(stage);
  const told = log(`${fragment(stage.draw)} ${fragment(stage.draw)}`);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  return (isVulnerable) => {
    const { before, outcome } = danger(name);
    // behind the branch it would differ by white space only where that shows blocks
    const steps = isVulnerable ? [when(flag, told, mend)] : [mend, when(flag, told)];
    return [...start, declare(name, first), ...steps, ...before, ...ending(outcome, [])];
  };
}

/** A variable gets both values in turn; the last one counts. */
function lastAssignment(stage: Stage, route: Route): Body {
  const { draw, weakness, first, second, bad, good } = stage;
  const name = nameOf(localName(draw, draw.random.pick(weakness.keys)), weakness.value);
  const origins = drawOrigins(stage)(bad, good);
  const harmless = drawHarmless(stage);
  const danger = drawDanger(stage);
  const ending = drawEnding(stage);
  return (isVulnerable) => {
    const way = route(first, second);
    const turns = [way.second, way.first];
    const [a, b] = isVulnerable ? turns : turns.reverse();
    const { before, outcome } = danger(name);
    return [
      ...origins,
      ...way.before,
      declare(name, a!),
      ...harmless(name),
      assign(name, b!),
      ...before,
      ...ending(outcome, []),
    ];
  };
}

const hasSafe = ({ weakness }: Stage): boolean => weakness.safe !== undefined;

/** The families of programs. */
export const families: readonly Family[] = [
  { name: "beside-use", fits: always, isInPlace: true, draw: besideUse },
  { name: "exchanged-origins", fits: always, draw: exchanged("origins") },
  { name: "exchanged-carriers", fits: always, needsSteps: true, draw: exchanged("carriers") },
  { name: "exchanged-uses", fits: always, draw: exchanged("uses") },
  { name: "exchanged-apis", fits: hasSafe, draw: exchangedApis },
  { name: "guarded-arms", fits: (s) => hasSafe(s) && canCheck(s), draw: guardedArms },
  { name: "check-order", fits: canCheck, draw: checkOrder },
  { name: "checked-value", fits: canCheck, draw: checkedValue },
  { name: "cleaned-copy", fits: canClean, draw: cleanedCopy },
  { name: "mending-order", fits: always, draw: mendingOrder },
  { name: "mending-branch", fits: always, draw: mendingBranch },
  { name: "last-assignment", fits: always, draw: lastAssignment },
];

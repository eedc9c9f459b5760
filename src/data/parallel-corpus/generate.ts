/** @file The parallel corpus: one program in every language, with its weakness and without. */
import { ConfigError, Random } from "../../base/index.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { chance, type Draw, functionName, startDraw, thing } from "../sample/draw.ts";
import { joinWords } from "../sample/naming.ts";
import { families } from "./families.ts";
import { flows } from "./flows.ts";
import {
  type CorpusLanguage,
  corpusLanguages,
  type Expr,
  type FunctionDecl,
  nameOf,
  type Program,
} from "./program.ts";
import { hasApi, renderProgram } from "./render.ts";
import { localName, type Stage } from "./stage.ts";
import type { Weakness } from "./weakness.ts";
import { weaknesses } from "./weaknesses/index.ts";

/** What to generate. */
export interface ParallelCorpusOptions {
  /** Any integer; the same seed gives the same samples on every machine. */
  readonly seed: number;
  /** Programs, >= 0; each gives two samples in every language that has its weakness. */
  readonly count: number;
  /** Position of the first program in the seed's endless sequence; 0 if absent. */
  readonly start?: number;
  /** All thirteen if absent. */
  readonly languages?: readonly CorpusLanguage[];
  /** CWE numbers as `CWE-89`; all of them if absent. */
  readonly cwes?: readonly string[];
  /** Families of programs, as `check-order`; all of them if absent. */
  readonly families?: readonly string[];
  /** Shapes of the data flow, as `loop`; all of them if absent. */
  readonly flows?: readonly string[];
}

/** A labelled sample that says how its program is made. */
export interface ParallelSample extends LabelledSample {
  readonly cwe: string;
  readonly pair: string;
  /** In what the two forms of the program differ, e.g. `check-order`. */
  readonly family: string;
  /** The shape of the data flow, e.g. `loop`. */
  readonly flow: string;
  /** Helper functions: some of `source`, `sink` and `step`. */
  readonly helpers: readonly string[];
}

/** The weaknesses of the corpus, as `CWE-89`. */
export const corpusCwes: readonly string[] = weaknesses.map(({ cwe }) => cwe);

/** The families of programs: in what the two forms of one differ. */
export const corpusFamilies: readonly string[] = families.map(({ name }) => name);

/** The shapes of the data flow. */
export const corpusFlows: readonly string[] = flows.map(({ name }) => name);

/** What a program may be drawn from. */
interface Choice {
  readonly weaknesses: readonly Weakness[];
  readonly families: readonly string[];
  readonly flows: readonly string[];
}

interface Forms {
  readonly weakness: Weakness;
  readonly family: string;
  readonly flow: string;
  readonly helpers: readonly string[];
  readonly vulnerable: Program;
  readonly safe: Program;
  readonly isSafeFirst: boolean;
}

function readsRequest(value: Expr): boolean {
  if (value.kind === "read") return true;
  if (value.kind === "operation" || value.kind === "call") return value.args.some(readsRequest);
  return value.kind === "name" && value.type === "request";
}

/** Names of the functions that a part of a program calls. */
function callsIn(part: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(part)) for (const one of part) callsIn(one, found);
  else if (typeof part === "object" && part !== null) {
    const { kind, name } = part as { kind?: string; name?: string };
    if (kind === "call") found.add(name!);
    callsIn(Object.values(part), found);
  }
  return found;
}

/** Put a value's origin into a function of its own. */
function inHelper(stage: Stage, origin: Expr): Expr {
  const { draw, request, weakness } = stage;
  const name = functionName(draw, ["read", "load", "take", "pick"], thing(draw));
  const params = readsRequest(origin) ? [request] : [];
  const { value: returns } = weakness;
  stage.helpers.push({
    name,
    params,
    returns,
    canFail: false,
    body: [{ kind: "return", value: origin }],
  });
  return { kind: "call", name, args: params, returns, canFail: false, local: "" };
}

function startStage(draw: Draw, weakness: Weakness): Stage {
  const needs = weakness.needs.map(({ name, type }) => nameOf(name, type));
  const request = nameOf(draw.random.pick(["request", "req"]), "request");
  for (const { name } of [...needs, request]) draw.taken.add(name);
  for (const name of ["request", "req", "err", "next", "log"]) draw.taken.add(name);
  const [badKey, goodKey] = [draw.random.pick(weakness.keys), draw.random.pick(weakness.otherKeys)];
  // either variable may be called after either value
  const isNamedAfterOwn = chance(draw, 0.5);
  const [one, other] = isNamedAfterOwn ? [badKey, goodKey] : [goodKey, badKey];
  const stage: Stage = {
    draw,
    weakness,
    request,
    needs,
    first: nameOf(localName(draw, one), weakness.value),
    second: nameOf(localName(draw, other), weakness.value),
    bad: weakness.bad(draw, request, badKey),
    good: weakness.good(draw, request, goodKey),
    params: [],
    records: [],
    helpers: [],
    calls: new Set(),
  };
  if (!chance(draw, 0.15)) return stage;
  stage.calls.add("source");
  return { ...stage, bad: inHelper(stage, stage.bad), good: inHelper(stage, stage.good) };
}

type Family = (typeof families)[number];
type Flow = (typeof flows)[number];

/** The families that fit a weakness, each with the flows that fit both. */
function waysOf(stage: Stage, among: Choice): readonly (readonly [Family, readonly Flow[]])[] {
  const isText = stage.weakness.value === "text";
  const fitting = flows.filter(
    ({ name, isForNumbers }) => among.flows.includes(name) && (isText || isForNumbers),
  );
  const ways = families
    .filter(({ name, fits }) => among.families.includes(name) && fits(stage))
    .map((family) => [family, fitting.filter((flow) => goTogether(family, flow))] as const)
    .filter(([, possible]) => possible.length > 0);
  if (ways.length > 0) return ways;
  throw new ConfigError("corpus.families", "no program of this weakness is of these kinds", {
    expected: "families and flows that go together",
    got: `${stage.weakness.cwe}, ${among.families.join(", ")} with ${among.flows.join(", ")}`,
  });
}

const goTogether = ({ needsSteps, isInPlace }: Family, { isDirect }: Flow): boolean =>
  isInPlace ? isDirect === true : !(needsSteps && isDirect);

/** The program at one position of a seed's sequence. */
function drawForms(seed: number, index: number, attempt: number, among: Choice): Forms {
  // each weakness in its turn, none becomes rarer because its programs are refused more often
  const weakness = among.weaknesses[index % among.weaknesses.length]!;
  const random = new Random(seed, "parallel", index, attempt);
  const draw = startDraw(random, 2);
  const stage = startStage(draw, weakness);
  const [family, possible] = random.pick(waysOf(stage, among));
  const flow = random.pick(possible);
  const route = flow.draw(stage);
  const body = family.draw(stage, route);
  const verb = random.pick(weakness.verbs);
  const name = functionName(draw, [verb], joinWords(thing(draw)));
  const isRead = [stage.bad, stage.good].some(readsRequest);
  const given = isRead ? [stage.request] : [];
  const params = random.shuffle([...given, ...stage.needs, ...stage.params]);
  const write = (isVulnerable: boolean): Program => {
    const main: FunctionDecl = {
      name,
      params,
      returns: weakness.returns,
      canFail: true,
      body: body(isVulnerable),
    };
    const called = callsIn(main.body);
    const helpers = stage.helpers.filter((helper) => called.has(helper.name));
    return { records: stage.records, functions: [...helpers, main] };
  };
  return {
    weakness,
    family: family.name,
    flow: flow.name,
    helpers: [...stage.calls].sort(),
    vulnerable: write(true),
    safe: write(false),
    isSafeFirst: random.uniform() < 0.5,
  };
}

function samplesOf(forms: Forms, group: string, language: CorpusLanguage): ParallelSample[] {
  const pair = `${group}-${language}`;
  const { weakness, family, flow, helpers } = forms;
  const labels = forms.isSafeFirst ? ([0, 1] as const) : ([1, 0] as const);
  return labels.map((label, place) => ({
    id: `${pair}-${place}`,
    language,
    code: renderProgram(label === 1 ? forms.vulnerable : forms.safe, language),
    label,
    cwe: weakness.cwe,
    pair,
    group,
    source: "parallel",
    family,
    flow,
    helpers,
  }));
}

/**
 * Programs one by one, each as its samples: two in every language asked for that has the weakness,
 * label 1 with it and label 0 without. The two hold the same tokens, as many of each. Samples of one
 * program share a `group` in all languages; a split by group leaks no program.
 * @throws ConfigError `corpus.count`, `corpus.languages`, `corpus.cwes`, `corpus.families`, `corpus.flows`
 */
export function* parallelPrograms(options: ParallelCorpusOptions): Generator<ParallelSample[]> {
  const { seed, count, start = 0, languages = corpusLanguages, cwes = corpusCwes } = options;
  checkCounts({ count, start });
  checkChoice("languages", languages, corpusLanguages);
  checkChoice("cwes", cwes, corpusCwes);
  checkChoice("families", options.families ?? corpusFamilies, corpusFamilies);
  checkChoice("flows", options.flows ?? corpusFlows, corpusFlows);
  const possible = weaknesses.filter(
    ({ cwe, danger }) => cwes.includes(cwe) && languages.some((name) => hasApi(danger, name)),
  );
  if (possible.length === 0) throw badChoice("cwes", cwes, corpusCwes);
  const among: Choice = {
    weaknesses: possible,
    families: options.families ?? corpusFamilies,
    flows: options.flows ?? corpusFlows,
  };
  const seen = new Set<string>();
  for (let index = start; index < start + count; index++) {
    for (let attempt = 0; ; attempt++) {
      const forms = drawForms(seed, index, attempt, among);
      const written = languages.filter((name) => hasApi(forms.weakness.danger, name));
      const group = `parallel-${seed}-${index}`;
      const samples = written.flatMap((language) => samplesOf(forms, group, language));
      const codes = samples.map(({ code }) => code);
      const isNew = new Set(codes).size === codes.length && !codes.some((code) => seen.has(code));
      if (!isNew && attempt < 50) continue;
      for (const code of codes) seen.add(code);
      yield samples;
      break;
    }
  }
}

/**
 * The samples of {@link parallelPrograms}, in one list.
 * @throws ConfigError `corpus.count`, `corpus.languages`, `corpus.cwes`, `corpus.families`, `corpus.flows`
 */
export const generateParallelCorpus = (options: ParallelCorpusOptions): ParallelSample[] =>
  [...parallelPrograms(options)].flat();

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [where, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new ConfigError("corpus.count", "cannot generate this many programs", {
      expected: "a whole number >= 0",
      got: String(value),
      where,
    });
  }
}

function checkChoice(where: string, chosen: readonly string[], all: readonly string[]): void {
  const isRight = chosen.length > 0 && chosen.every((name) => all.includes(name));
  if (!isRight || new Set(chosen).size !== chosen.length) throw badChoice(where, chosen, all);
}

const badChoice = (where: string, chosen: readonly string[], all: readonly string[]) =>
  new ConfigError(`corpus.${where}`, "cannot write programs for these", {
    expected: `some of ${all.join(", ")}, each once, that go together`,
    got: chosen.join(", ") || "none",
    where,
  });

/** @file What a weakness must say: its place in the code, its harmless twin, and where values come from. */
import type { Draw } from "../sample/draw.ts";
import type { Api, Expr, Name, Parameter, Type } from "./program.ts";

/** Fixed text around a value. */
interface Payload {
  readonly before: string;
  readonly after: string;
}

/** Draws one value: `request` may be read; `key` is what the value is called. */
type Origin = (draw: Draw, request: Name, key: string) => Expr;

/** One weakness. In its calls `$0` is the value (or the text around it), `^1` the base text. */
export interface Weakness {
  /** As `CWE-89`. */
  readonly cwe: string;
  /** Begins of function names. */
  readonly verbs: readonly string[];
  /** What the values are called: those that matter, and those that do not. */
  readonly keys: readonly string[];
  readonly otherKeys: readonly string[];
  readonly value: "text" | "int";
  /** A value that must not arrive at the place, and one that may. */
  readonly bad: Origin;
  readonly good: Origin;
  /** What the place needs besides the value, e.g. a connection. */
  readonly needs: readonly Parameter[];
  /** The place. A language without it lacks the weakness. */
  readonly danger: Api;
  readonly returns: Type;
  readonly payload?: (draw: Draw) => Payload;
  readonly base: (draw: Draw) => string;
  /** The same purpose, served without the weakness: `$0` is the value itself. */
  readonly safe?: Api;
  /** Makes a value harmless for this place. */
  readonly clean?: Api;
  /** Is a value harmless that is one of a few constants? */
  readonly hasChoices: boolean;
  /** Is a value harmless that has letters and digits only? */
  readonly isPlainHarmless: boolean;
}

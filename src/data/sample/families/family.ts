/** @file What a family of functions is: a way to draw programs with one purpose. */
import type { Draw } from "../draw.ts";
import type { FunctionDecl, Parameter, Stmt, Type } from "../program.ts";

/** A drawn program and one sentence about it. */
export interface Drawn {
  readonly functions: readonly FunctionDecl[];
  /** What the object of a method must hold. */
  readonly fields?: readonly Parameter[];
  /** English, one line, starts with a verb, ends with a full stop. */
  readonly description: string;
}

/** A family: its name in reports, its share among all, and how to draw one of its programs. */
export interface Family {
  readonly name: string;
  readonly weight: number;
  readonly draw: (draw: Draw) => Drawn;
}

/** A program of one public function. */
export function single(
  name: string,
  params: readonly Parameter[],
  returns: Type,
  body: readonly Stmt[],
  description: string,
): Drawn {
  return { functions: [{ name, params, returns, body, role: "function" }], description };
}

/** A program of one method, with the fields it reads or writes. */
export function method(
  name: string,
  params: readonly Parameter[],
  fields: readonly Parameter[],
  returns: Type,
  body: readonly Stmt[],
  description: string,
): Drawn {
  return { functions: [{ name, params, returns, body, role: "method" }], fields, description };
}

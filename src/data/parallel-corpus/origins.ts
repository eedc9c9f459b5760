/** @file Where values come from: requests, constants, settings of the process. */
import { chance, type Draw, fragment, number } from "../sample/draw.ts";
import { type Expr, int, type Name, operation, text } from "./program.ts";

/** A part of the request. */
export const fromRequest = (draw: Draw, request: Name, key: string): Expr => ({
  kind: "read",
  request,
  key,
  way: number(draw, 0, 3),
});

/** A part of the request as a number. */
export const numberFromRequest = (draw: Draw, request: Name, key: string): Expr =>
  operation("parse", fromRequest(draw, request, key));

/** A text written into the program. */
export const constant = (draw: Draw): Expr => text(fragment(draw));

/** A small number written into the program. */
export const smallNumber = (draw: Draw): Expr => int(number(draw, 1, 40));

const owners = ["APP", "NODE", "SITE", "BASE", "HUB", "UNIT"];
const settings = ["REF", "PROFILE", "MARK", "CODE", "STAGE", "LABEL", "TAG", "VALUE"];

/** A setting of the process, named for nothing in particular. */
export const fromSettings = (draw: Draw): Expr =>
  operation("setting", text(`${draw.random.pick(owners)}_${draw.random.pick(settings)}`));

/** A text nobody outside can choose. */
export const trusted = (draw: Draw): Expr =>
  chance(draw, 0.65) ? constant(draw) : fromSettings(draw);

/** @file Errors as data: one class per floor at most, each with a code, details and the original cause. */

/** What a reader needs to mend the problem; every field is shown on its own line when present. */
export interface ErrorDetails {
  readonly expected?: string;
  readonly got?: string;
  /** File and line, node name, parameter name: the place the user should look at. */
  readonly where?: string;
  readonly help?: string;
}

/**
 * The base of every error a user may see: `message` says what is wrong in one sentence,
 * `details` say expected / got / where / help, `cause` keeps the original for a debugger.
 */
export class CodeT5Error extends Error {
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** Two shapes, dtypes or ranks that do not fit; thrown at the line that builds the value. */
export class ShapeError extends CodeT5Error {}
/** A graph that is malformed: unknown op, cycle, missing input, missing gradient rule. */
export class GraphError extends CodeT5Error {}
/** ONNX Runtime refused a graph or a run. */
export class RuntimeFailure extends CodeT5Error {}
/** A configuration file, a model config or an option with a bad value. */
export class ConfigError extends CodeT5Error {}
/** A file whose content is not what its format promises: checkpoint, tokenizer, dataset. */
export class DataError extends CodeT5Error {}
/** A command line that cannot be understood; exits with 2. */
export class UsageError extends CodeT5Error {}

/**
 * One line for a user: `message; expected: …; got: …; where: …; help: …`, never a stack.
 * Line breaks inside any part are folded to spaces.
 */
export function formatError(error: unknown): string {
  if (!(error instanceof CodeT5Error)) {
    const message = error instanceof Error ? error.message : String(error);
    return fold(message);
  }
  const { expected, got, where, help } = error.details;
  const parts = Object.entries({ expected, got, where, help })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}`);
  return fold([error.message, ...parts].join("; "));
}

function fold(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}

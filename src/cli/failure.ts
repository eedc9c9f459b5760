/** @file From any thrown value to one line on stderr and an exit code. */
import { CodeT5Error, ConfigError, debugLevel, formatError, UsageError } from "../base/index.ts";

/** 1 when the work failed, 2 when the command or its configuration cannot be understood. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}

/** The line (and, with CODET5_DEBUG at 1 or more, the stack) that reports an error. */
export function failureText(error: unknown): string {
  const line = `codet5: ${failureLine(error)}\n`;
  if (!(error instanceof Error && wantsStack())) return line;
  return `${line}${stackOf(error)}\n`;
}

function failureLine(error: unknown): string {
  if (error instanceof CodeT5Error) return formatError(error);
  const text = formatError(error);
  if (isSystemError(error)) return systemLine(error);
  if (/array buffer allocation failed|invalid (typed )?array length/i.test(text)) {
    return `not enough memory (${text}); help: try a smaller model, batch or file`;
  }
  return `internal: ${text}; help: a bug of codet5; CODET5_DEBUG=1 shows the stack to report`;
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the disk",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  EDQUOT: "disk quota exceeded",
  EMFILE: "too many open files",
  ENOENT: "no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "it is not a folder",
  EEXIST: "it exists already",
};

function systemLine(error: NodeJS.ErrnoException): string {
  const reason = systemReasons[error.code!];
  if (reason === undefined) return error.message;
  const where = error.path === undefined ? "" : `; where: ${error.path}`;
  return `cannot ${error.syscall}: ${reason}; got: ${error.code}${where}`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) && typeof syscall === "string";
}

function stackOf(error: Error): string {
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}

// a CODET5_DEBUG out of range is itself the error being reported
function wantsStack(): boolean {
  return debugLevel() >= 1 && debugLevel() <= 5;
}

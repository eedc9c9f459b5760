/**
 * @file Chat templates are programs that come with a model, from strangers: they run in a process of
 * their own, without environment, bounded in time, memory and output, and may not reach for hidden attributes.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { DataError } from "../base/index.ts";

/** What a template is given beside the messages. */
export type TemplateVariables = Readonly<Record<string, unknown>>;

const maxTemplateCharacters = 200_000;
const maxOutputCharacters = 2_000_000;
const maxMegabytes = 96;
/** Node's start takes a tenth of a second, on a busy machine several. */
const processTimeoutMs = 40_000;
/** Of processor time, so that other work on the machine does not count; the process ends itself. */
const renderTimeoutMs = 500;

/**
 * What the process runs. `_`-names and `constructor` are refused as Jinja's own sandbox refuses them;
 * the alarm is a thread, since a template that loops lets no timer run.
 */
const program = `
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
const { jinja, template, variables, maxOutput, timeoutMs } = JSON.parse(readFileSync(0, "utf8"));
const { Template } = await import(jinja);
const alarm = \`
const { workerData: limit } = require("node:worker_threads");
const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const start = used();
setInterval(() => used() - start > limit && process.kill(process.pid, "SIGKILL"), 50);
\`;
new Worker(alarm, { eval: true, env: {}, execArgv: [], workerData: timeoutMs }).unref();
const banned = /^_|^(?:constructor|prototype|mro|caller|callee|arguments|func_globals)$/;
function reach(node) {
  const stack = [node];
  while (stack.length > 0) {
    const at = stack.pop();
    if (at === null || typeof at !== "object") continue;
    if (at.type === "MemberExpression" && typeof at.property?.value === "string") {
      if (banned.test(at.property.value)) return at.property.value;
    }
    stack.push(...(at instanceof Map ? [...at].flat() : Object.values(at)));
  }
}
let answer;
try {
  const parsed = new Template(template);
  const attribute = reach(parsed.parsed);
  if (attribute !== undefined) answer = { attribute };
  else {
    const text = parsed.render(variables);
    answer = text.length > maxOutput ? { length: text.length } : { text };
  }
} catch (error) {
  answer = { failed: String(error?.message ?? error).slice(0, 300) };
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
`;

interface Answer {
  readonly text?: string;
  readonly attribute?: string;
  readonly length?: number;
  readonly failed?: string;
}

/**
 * Render a template.
 * @param where file named in errors
 * @throws DataError `template.failed` (it raised an exception, or cannot be parsed), `template.attribute`,
 * `template.endless`, `template.memory`, `template.length`
 */
export async function renderTemplate(
  template: string,
  variables: TemplateVariables,
  where: string,
): Promise<string> {
  if (template.length > maxTemplateCharacters) throw tooLong("the chat template", template, where);
  const answer = await runProgram(template, variables, where);
  if (answer.text !== undefined) return answer.text;
  if (answer.attribute !== undefined) {
    throw new DataError("template.attribute", "the chat template reaches for a hidden attribute", {
      expected: "messages and their fields",
      got: answer.attribute.slice(0, 60),
      where,
    });
  }
  if (answer.length !== undefined) {
    throw tooLong("the chat template's text", { length: answer.length }, where);
  }
  throw new DataError("template.failed", "the chat template cannot be rendered", {
    expected: "a template that takes this conversation",
    got: answer.failed ?? "no text",
    where,
  });
}

function tooLong(what: string, { length }: { readonly length: number }, where: string): DataError {
  const limit = what === "the chat template" ? maxTemplateCharacters : maxOutputCharacters;
  return new DataError("template.length", `${what} is too long`, {
    expected: `at most ${limit} characters`,
    got: String(length),
    where,
  });
}

function runProgram(template: string, variables: TemplateVariables, where: string) {
  const jinja = createRequire(import.meta.url).resolve("@huggingface/jinja");
  const input = JSON.stringify({
    jinja: pathToFileURL(jinja).href,
    template,
    variables,
    maxOutput: maxOutputCharacters,
    timeoutMs: renderTimeoutMs,
  });
  const flags = [`--max-old-space-size=${maxMegabytes}`, "--disallow-code-generation-from-strings"];
  return new Promise<Answer>((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", program], {
      env: {},
      stdio: ["pipe", "pipe", "ignore"],
      timeout: processTimeoutMs,
      killSignal: "SIGKILL",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    // a process that died early does not read its input
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Answer);
      else reject(endedEarly(signal, where));
    });
    child.stdin.end(input);
  });
}

function endedEarly(signal: NodeJS.Signals | null, where: string): DataError {
  if (signal === "SIGKILL") {
    return new DataError("template.endless", "the chat template does not come to an end", {
      expected: `a text within ${renderTimeoutMs / 1000} s of computing`,
      got: "none",
      where,
    });
  }
  return new DataError("template.memory", "the chat template needs too much memory", {
    expected: `at most ${maxMegabytes} MB`,
    got: "more",
    where,
  });
}

/** @file One request to a model server: bounded in time and size, every failure told by its kind. */
import { DataError, isLoopback, parseJson, proxiedFetch } from "../base/index.ts";

/** How a request is sent. */
export interface PostOptions {
  /** Sent to https and to this machine alone. */
  readonly key?: string;
  /** Of the whole answer, to its last byte, ms. */
  readonly timeoutMs: number;
}

/** A server that said no, or nothing that can be read. */
export class EndpointError extends DataError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** What the server asked to wait, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    details: ConstructorParameters<typeof DataError>[2],
    answer: { readonly status: number; readonly retryAfterMs?: number | undefined },
    cause?: unknown,
  ) {
    super(code, message, details, cause);
    this.status = answer.status;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** Far above any answer of a few words with its probabilities. */
const maxAnswerBytes = 4_000_000;

/**
 * POST a JSON body.
 * @returns the JSON of an answer with status 200
 * @throws EndpointError `endpoint.unreachable`, `endpoint.timeout`, `endpoint.size`, `endpoint.json`,
 * `endpoint.denied` (401, 403), `endpoint.missing` (404), `endpoint.status`
 */
export async function post(url: string, body: object, options: PostOptions): Promise<unknown> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), options.timeoutMs);
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization(url, options.key) },
    body: JSON.stringify(body),
    // a redirect would take the key elsewhere
    redirect: "manual",
    signal: controller.signal,
  } as const;
  try {
    const response = await proxiedFetch(url, request);
    const text = await boundedText(response, url);
    if (response.status !== 200) throw refused(response, text, url);
    return readAnswer(text, url);
  } catch (cause) {
    if (cause instanceof EndpointError) throw cause;
    throw controller.signal.aborted ? late(url, options.timeoutMs) : unreachable(url, cause);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

function authorization(url: string, key: string | undefined): Record<string, string> {
  const { protocol, hostname } = new URL(url);
  const isPrivate = protocol === "https:" || isLoopback(hostname);
  return key !== undefined && isPrivate ? { authorization: `Bearer ${key}` } : {};
}

async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxAnswerBytes) {
      const details = { expected: `at most ${maxAnswerBytes} bytes`, got: "more", where: url };
      throw new EndpointError("endpoint.size", "the server's answer does not end", details, {
        status: response.status,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(text: string, url: string): unknown {
  try {
    return parseJson(text, url);
  } catch (cause) {
    const details = { expected: "JSON", got: clipped(text), where: url };
    const message = "the server's answer cannot be read";
    throw new EndpointError("endpoint.json", message, details, { status: 200 }, cause);
  }
}

function refused({ status, headers }: Response, text: string, url: string): EndpointError {
  const got = `status ${status}: ${clipped(text)}`;
  const answer = { status, retryAfterMs: retryAfterMs(headers.get("retry-after")) };
  if (status === 401 || status === 403) {
    const details = {
      expected: "a key that the server takes",
      got,
      where: url,
      help: "set OPENAI_API_KEY; it is sent over https and to this machine, not over plain http",
    };
    return new EndpointError("endpoint.denied", "the server does not let us in", details, answer);
  }
  if (status === 404) {
    const help = "the address usually ends in /v1, and the model's name is the server's own";
    const details = { expected: "a model and an address that it knows", got, where: url, help };
    return new EndpointError("endpoint.missing", "the server does not know this", details, answer);
  }
  const details = { expected: "status 200", got, where: url };
  return new EndpointError("endpoint.status", "the server cannot answer", details, answer);
}

/** Seconds or a date. RFC 9110 §10.2.3. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0);
}

function late(url: string, timeoutMs: number): EndpointError {
  const details = { expected: `a whole answer within ${timeoutMs / 1000} s`, got: "none" };
  const at = { ...details, where: url };
  return new EndpointError("endpoint.timeout", "the server is too slow", at, { status: 0 });
}

function unreachable(url: string, cause: unknown): EndpointError {
  const inner = (cause as { cause?: { code?: string; message?: string } } | undefined)?.cause;
  const said = inner?.code ?? inner?.message ?? (cause as Error | undefined)?.message;
  const got = said ?? String(cause);
  const details = { expected: "a server that answers", got, where: url };
  const message = "the server cannot be reached";
  return new EndpointError("endpoint.unreachable", message, details, { status: 0 }, cause);
}

function clipped(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

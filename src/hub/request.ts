/** @file One request to the hub: redirects by hand, the token for the hub alone, time limits, errors. */
import { existsSync } from "node:fs";
import { DataError, type HubEnvironment, proxiedFetch, readTextFile } from "../base/index.ts";

export interface RequestOptions {
  readonly environment: HubEnvironment;
  /** First byte wanted, for resuming; 0 asks for all. */
  readonly start?: number;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

const mostRedirects = 5;

/**
 * GET an address of the hub, wherever it redirects to.
 * @returns an answer of 200, 206 or 416
 * @throws DataError `hub.denied` (401, 403), `hub.missing` (404), `hub.answer` for other statuses and
 * for a redirect that leads nowhere or away from https, `hub.unreachable`
 */
export async function request(address: string, options: RequestOptions): Promise<Response> {
  const { environment, start = 0, signal } = options;
  let url = new URL(address);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const headers = {
      "user-agent": "codet5",
      // bytes are counted and compared with sizes: no compression on the way
      "accept-encoding": "identity",
      ...(start > 0 ? { range: `bytes=${start}-` } : {}),
      ...authorization(url, environment),
    };
    const response = await reach(url, { headers, redirect: "manual", signal });
    if (![301, 302, 303, 307, 308].includes(response.status)) return checked(response, url);
    await response.body?.cancel();
    url = redirected(response, url);
  }
  throw badAnswer("too many redirects", url, `at most ${mostRedirects}`);
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await proxiedFetch(url, init);
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

/** A signed address on another host has its own key, and must not see the token. */
function authorization(url: URL, environment: HubEnvironment): Record<string, string> {
  if (url.origin !== new URL(environment.endpoint).origin) return {};
  const token = environment.token ?? tokenOfFile(environment.tokenFile);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function tokenOfFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const token = readTextFile(path, 10_000).trim();
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function redirected(response: Response, from: URL): URL {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, from.href)) {
    throw badAnswer(`status ${response.status} without a place to go to`, from);
  }
  const to = new URL(location, from);
  const isSafe = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  if (isSafe) return to;
  throw badAnswer(`a redirect to ${to.protocol}`, from, "a redirect to https:");
}

async function checked(response: Response, url: URL): Promise<Response> {
  const { status, headers } = response;
  if (status === 200 || status === 206 || status === 416) return response;
  await response.body?.cancel();
  // the hub's own words, where it has any
  const said = headers.get("x-error-message") ?? headers.get("x-error-code") ?? "";
  const details = { got: `status ${status}${said && `, ${said.slice(0, 200)}`}`, where: url.href };
  if (status === 401 || status === 403) {
    throw new DataError("hub.denied", "the hub does not give this model to us", {
      expected: "a public model, or a token that may read it",
      ...details,
      help: "accept its terms on the hub if it is gated, and set HF_TOKEN; or the name is wrong",
    });
  }
  if (status === 404) {
    throw new DataError("hub.missing", "the hub has no such model, revision or file", {
      expected: "owner/name of a model",
      ...details,
    });
  }
  throw new DataError("hub.answer", "the hub cannot answer", {
    expected: "status 200",
    ...details,
  });
}

function badAnswer(got: string, url: URL, expected = "status 200 or a redirect"): DataError {
  const details = { expected, got, where: url.href };
  return new DataError("hub.answer", "the hub cannot answer", details);
}

/** The connection could not be made, or broke. */
export function unreachable(url: URL | string, cause: unknown): DataError {
  const inner = (cause as { cause?: { code?: string; message?: string } } | undefined)?.cause;
  const said = inner?.code ?? inner?.message ?? (cause as Error | undefined)?.message;
  return new DataError(
    "hub.unreachable",
    "the hub cannot be reached",
    {
      expected: "a connection that lasts",
      got: said ?? String(cause),
      where: String(url),
      help: "run it again, it goes on where it stopped; HF_HUB_OFFLINE=1 uses what is in the cache",
    },
    cause,
  );
}

/** @file `fetch` through the proxy that the environment names, as curl, pip and npm go. Node's own does not look. */

import { isLoopback } from "./loopback.ts";

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** By the proxy's address. */
const known = new Map<string, Promise<Fetch>>();

/**
 * As the global `fetch`; where `HTTPS_PROXY` or `HTTP_PROXY` is set (lower case wins, as for curl), through that proxy by
 * `CONNECT`, but for the hosts of `NO_PROXY` and those of this machine. Credentials in its address are sent to the proxy alone.
 * @throws TypeError as `fetch` does, also when the proxy refuses
 */
export async function proxiedFetch(
  address: string | URL,
  init: RequestInit,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Response> {
  const url = new URL(address);
  const proxy = proxyOf(url, environment);
  if (proxy === undefined) return fetch(url, init);
  const through = known.get(proxy) ?? throughProxy(proxy);
  known.set(proxy, through);
  return (await through)(url, init);
}

function proxyOf({ protocol, hostname, port }: URL, environment: NodeJS.ProcessEnv) {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const isExcepted = (value("NO_PROXY") ?? "").split(/[\s,]+/).some((entry) => {
    const [, host = "", ownPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry)!;
    if (entry === "" || (ownPort !== undefined && ownPort !== port)) return false;
    return entry === "*" || hostname === host || hostname.endsWith(`.${host}`);
  });
  if (isExcepted || isLoopback(hostname)) return undefined;
  return protocol === "https:" ? value("HTTPS_PROXY") : value("HTTP_PROXY");
}

/** Loaded only where there is a proxy. Its `fetch` goes with its agent: Node's may be of another version. */
async function throughProxy(proxy: string): Promise<Fetch> {
  const undici = await import("undici");
  const dispatcher = new undici.ProxyAgent(proxy);
  const through = undici.fetch as unknown as (url: URL, init: object) => Promise<Response>;
  return (url, init) => through(url, { ...init, dispatcher });
}

/** @file A hub on the loopback interface, for tests: real HTTP, with the faults of real networks. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with a file, a number of times; then all is well. */
export interface Fault {
  readonly kind: "drop" | "corrupt" | "stall" | "overload" | "lengthen" | "ignoreRange";
  times: number;
}

export interface FakeRepository {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly commit?: string;
  /** Needs `Bearer secret`. */
  readonly isGated?: boolean;
  readonly faults?: Record<string, Fault>;
}

/** A server that runs. */
export interface FakeHub {
  readonly url: string;
  /** `METHOD path range authorization` of every request. */
  readonly seen: { path: string; range: string; authorization: string }[];
  readonly repositories: Record<string, FakeRepository>;
  close(): Promise<void>;
}

export const firstCommit = "a".repeat(40);

/** Files from this size on lie behind a redirect, named by their SHA-256, as large ones do. */
const largeBytes = 100;

export const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const gitHash = (data: Uint8Array) =>
  createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");

/** @param storage address where large files lie; default: the hub itself, by a relative redirect */
export async function startFakeHub(storage?: string): Promise<FakeHub> {
  const seen: FakeHub["seen"] = [];
  const repositories: Record<string, FakeRepository> = {};
  const server = createServer((incoming, response) => {
    const { authorization = "", range = "" } = incoming.headers;
    seen.push({ path: incoming.url ?? "", range, authorization });
    answer(incoming, response, repositories, storage ?? "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return { url, seen, repositories, close };
}

function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  repositories: Readonly<Record<string, FakeRepository>>,
  storage: string,
): void {
  const path = (incoming.url ?? "").split("?")[0]!;
  const api = path.match(/^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/);
  const resolve = path.match(/^\/([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40})\/(.+)$/);
  const stored = path.match(/^\/storage\/([^/]+\/[^/]+)\/(.+)$/);
  const found = repositories[(api ?? resolve ?? stored)?.[1] ?? ""];
  const { commit = firstCommit, isGated = false } = found ?? {};
  const isAllowed = !isGated || stored || incoming.headers.authorization === "Bearer secret";
  const name = resolve?.[3] ?? stored?.[2] ?? "";
  const data = found?.files[name];
  if (found === undefined) fail(response, 404, "RepoNotFound");
  else if (!isAllowed) fail(response, 401, "GatedRepo");
  else if (api && api[2] !== "main" && api[2] !== commit) fail(response, 404, "RevisionNotFound");
  else if (api) list(response, found, commit);
  else if (data === undefined) fail(response, 404, "EntryNotFound");
  else if (resolve && data.length >= largeBytes) {
    response.writeHead(302, { location: `${storage}/storage/${resolve[1]}/${name}` });
    response.end();
  } else send(incoming, response, data, found.faults?.[name]);
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "x-error-code": code });
  response.end();
}

function list(response: ServerResponse, { files }: FakeRepository, sha: string): void {
  const siblings = Object.entries(files).map(([rfilename, data]) => {
    const lfs = { sha256: sha256(data), size: data.length };
    const isLarge = data.length >= largeBytes;
    return { rfilename, size: data.length, blobId: gitHash(data), ...(isLarge ? { lfs } : {}) };
  });
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "x", sha, siblings }));
}

function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  data: Uint8Array,
  fault: Fault | undefined,
): void {
  const kind = fault !== undefined && fault.times-- > 0 ? fault.kind : undefined;
  const asked = Number(incoming.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
  const start = kind === "ignoreRange" ? 0 : asked;
  if (kind === "overload") fail(response, 503, "busy");
  else if (start > data.length) fail(response, 416, "range");
  else sendFrom(response, data, start, kind);
}

function sendFrom(
  response: ServerResponse,
  data: Uint8Array,
  start: number,
  kind: Fault["kind"] | undefined,
): void {
  const bytes = Uint8Array.from(data.subarray(start));
  const half = bytes.length >> 1;
  const length = kind === "lengthen" ? {} : { "content-length": bytes.length };
  const range = { "content-range": `bytes ${start}-${data.length - 1}/${data.length}` };
  response.writeHead(start > 0 ? 206 : 200, { ...length, ...(start > 0 ? range : {}) });
  if (kind === "corrupt") bytes[half]! ^= 1;
  if (kind === "lengthen") response.write(Buffer.alloc(100));
  if (kind !== "drop" && kind !== "stall") {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, half), () => {
    if (kind === "drop") setTimeout(() => response.destroy(), 20);
  });
}

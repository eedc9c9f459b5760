/** @file A model by its name on the hub: from the cache, or fetched into it. */
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import {
  CodeT5Error,
  DataError,
  type HubEnvironment,
  hubEnvironment,
  nearest,
  parseJson,
} from "../base/index.ts";
import { acquireLock, shardFiles } from "../checkpoint/index.ts";
import {
  blobPath,
  cachedCommit,
  cachedModels,
  linkIntoSnapshot,
  repositoryFolder,
  snapshotFiles,
  snapshotFolder,
  writeCommit,
} from "./cache.ts";
import { download, type RemoteFile } from "./download.ts";
import { chooseModelFiles, type ModelFiles } from "./model-files.ts";
import { formatModelName, type ModelName } from "./model-name.ts";
import { request } from "./request.ts";
import { retrying } from "./retry.ts";

/** What the caller may be told meanwhile. */
export interface FetchHooks {
  /** Bytes of all files that are there, of those known so far. */
  readonly onProgress?: (done: number, total: number) => void;
  /** One line, when the cache is used because the hub cannot be reached. */
  readonly onWarning?: (line: string) => void;
}

/** A model in the cache. */
export interface FetchedModel {
  readonly name: string;
  readonly commit: string;
  /** A model folder; its files are links into the cache and not to be changed. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Bytes that came over the network this time. */
  readonly fetchedBytes: number;
}

/**
 * Have a model in the cache and return where. The commit is resolved first; the branch is noted once
 * everything is there, so that an interrupted fetch leaves the version before.
 * @throws DataError `hub.*`, `shards.*`, `run.locked` while another process fetches the same model
 */
export async function fetchModel(name: ModelName, hooks: FetchHooks = {}): Promise<FetchedModel> {
  const environment = hubEnvironment();
  if (environment.isOffline) return requireCached(name, environment, "HF_HUB_OFFLINE is set");
  let listing: Listing;
  try {
    listing = await retrying(listingAttempts, () => listFiles(name, environment));
  } catch (error) {
    const cached = isUnreachable(error) ? cachedModel(name, environment) : undefined;
    if (cached === undefined) throw error;
    hooks.onWarning?.(`the hub cannot be reached: using ${formatModelName(name)} of the cache`);
    return cached;
  }
  return fetchListed(name, listing, environment, hooks);
}

const isUnreachable = (error: unknown) =>
  error instanceof CodeT5Error && error.code === "hub.unreachable";

/** Fewer than for a file: the cache may do as well. */
const listingAttempts = 3;

/** A repository at one commit. */
interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, RemoteFile>;
}

const hexadecimal = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const size = z.int().min(0);
const listingAnswer = z.looseObject({
  sha: hexadecimal(40),
  siblings: z
    .array(
      z.looseObject({
        rfilename: z.string(),
        size: size.optional(),
        blobId: hexadecimal(40).optional(),
        lfs: z.looseObject({ sha256: hexadecimal(64), size }).nullish(),
      }),
    )
    .max(100_000),
});

/** Far above the list of any model's files. */
const maxListingBytes = 32_000_000;

async function listFiles(name: ModelName, environment: HubEnvironment): Promise<Listing> {
  const { repository, revision } = name;
  const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const url = `${environment.endpoint}/${path}`;
  const signal = AbortSignal.timeout(environment.timeoutMs);
  const response = await request(url, { environment, signal });
  const answer = listingAnswer.safeParse(parseJson(await boundedText(response, url), url));
  if (!answer.success) {
    throw new DataError("hub.answer", "the hub's list of files cannot be read", {
      expected: "a commit, and files with sizes and hashes",
      got: `${answer.error.issues[0]!.path.join(".")}: ${answer.error.issues[0]!.message}`,
      where: url,
    });
  }
  const files = answer.data.siblings.flatMap((file): RemoteFile[] => {
    const hash = file.lfs?.sha256 ?? file.blobId;
    const byteLength = file.lfs?.size ?? file.size;
    if (hash === undefined || byteLength === undefined) return [];
    return [{ name: file.rfilename, byteLength, hash }];
  });
  return { commit: answer.data.sha, files: new Map(files.map((file) => [file.name, file])) };
}

async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxListingBytes) {
      const details = { expected: `at most ${maxListingBytes} bytes`, got: "more", where: url };
      throw new DataError("hub.answer", "the hub's list of files is of improbable size", details);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function fetchListed(
  name: ModelName,
  { commit, files }: Listing,
  environment: HubEnvironment,
  hooks: FetchHooks,
): Promise<FetchedModel> {
  const chosen = chooseModelFiles(new Set(files.keys()));
  if (chosen === undefined) throw notAModel(name, [...files.keys()], environment.endpoint);
  const folder = repositoryFolder(environment.cacheFolder, name.repository);
  const snapshot = snapshotFolder(folder, commit);
  const lock = acquireLock(join(environment.cacheFolder, ".locks", basename(folder)));
  try {
    const fetcher = { name, commit, files, folder, snapshot, environment, hooks };
    const first = chosen.names.map((file) => files.get(file)!);
    // the index tells how much there is to come, so it goes before the rest
    let fetchedBytes = await fetchFiles(fetcher, first, 0);
    if (chosen.shards !== undefined) {
      const index = join(snapshot, chosen.shards.index);
      const shards = shardFiles(index, chosen.shards.suffix).map((file) => {
        return files.get(file) ?? missingShard(name, file, index);
      });
      const before = first.reduce((sum, { byteLength }) => sum + byteLength, 0);
      fetchedBytes += await fetchFiles(fetcher, shards, before);
    }
    writeCommit(folder, name.revision, commit);
    return { ...describe(name, commit, snapshot), fetchedBytes };
  } finally {
    lock.release();
  }
}

interface Fetcher extends Listing {
  readonly name: ModelName;
  readonly folder: string;
  readonly snapshot: string;
  readonly environment: HubEnvironment;
  readonly hooks: FetchHooks;
}

/** @param before bytes of files that are there already @returns bytes fetched */
async function fetchFiles(
  fetcher: Fetcher,
  files: readonly RemoteFile[],
  before: number,
): Promise<number> {
  const { folder, snapshot, commit, environment, hooks, name } = fetcher;
  const total = files.reduce((sum, { byteLength }) => sum + byteLength, before);
  let [done, fetched] = [before, 0];
  for (const file of files) {
    const blob = blobPath(folder, file.hash);
    if (!existsSync(blob)) {
      const address = `${environment.endpoint}/${name.repository}/resolve/${commit}/${file.name}`;
      const onProgress = (part: number) => hooks.onProgress?.(done + part, total);
      await download(address, blob, file, { environment, onProgress });
      fetched += file.byteLength;
    }
    linkIntoSnapshot(snapshot, file.name, blob);
    done += file.byteLength;
    hooks.onProgress?.(done, total);
  }
  return fetched;
}

function describe(name: ModelName, commit: string, snapshot: string) {
  const files = snapshotFiles(snapshot).map((file) => {
    return { name: file, bytes: statSync(join(snapshot, file)).size };
  });
  return { name: formatModelName(name), commit, folder: snapshot, files };
}

/** The model as the cache has it, whole, or undefined. */
function cachedModel(name: ModelName, environment: HubEnvironment): FetchedModel | undefined {
  const folder = repositoryFolder(environment.cacheFolder, name.repository);
  const commit = cachedCommit(folder, name.revision);
  if (commit === undefined) return undefined;
  const snapshot = snapshotFolder(folder, commit);
  const names = new Set(snapshotFiles(snapshot));
  const chosen = chooseModelFiles(names);
  if (chosen === undefined || !hasShards(chosen, snapshot, names)) return undefined;
  return { ...describe(name, commit, snapshot), fetchedBytes: 0 };
}

function hasShards({ shards }: ModelFiles, snapshot: string, names: ReadonlySet<string>): boolean {
  if (shards === undefined) return true;
  return shardFiles(join(snapshot, shards.index), shards.suffix).every((file) => names.has(file));
}

function requireCached(name: ModelName, environment: HubEnvironment, why: string): FetchedModel {
  const cached = cachedModel(name, environment);
  if (cached !== undefined) return cached;
  const known = cachedModels(environment.cacheFolder);
  const close = nearest(name.repository, known);
  throw new DataError("hub.offline", `${formatModelName(name)} is not in the cache`, {
    expected: "every file of the model, fetched before",
    got: why,
    where: environment.cacheFolder,
    help: `the cache holds ${close === undefined ? "no model" : `${known.length}, the nearest is ${close}`}`,
  });
}

function notAModel(name: ModelName, files: readonly string[], where: string): DataError {
  return new DataError("hub.model", `${formatModelName(name)} holds no model that we read`, {
    expected: "config.json, and weights as safetensors or pytorch_model.bin",
    got: files.slice(0, 8).join(", ") || "no files",
    where,
  });
}

function missingShard(name: ModelName, file: string, index: string): never {
  throw new DataError("shards.missing", `shard ${file} is missing`, {
    expected: "every file that the index names",
    got: `no ${file} in ${formatModelName(name)}`,
    where: index,
  });
}

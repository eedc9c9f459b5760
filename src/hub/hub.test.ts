import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CodeT5Error, hubEnvironment } from "../base/index.ts";
import { type FakeHub, firstCommit, sha256, startFakeHub } from "./fake-hub.test-data.ts";
import { fetchModel, findModelFolder, requireModelName } from "./index.ts";
import { parseModelName } from "./model-name.ts";

const weights = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251);
const text = (value: string) => new TextEncoder().encode(value);
const small = {
  "config.json": text('{"model_type":"t5"}'),
  "tokenizer_config.json": text("{}"),
  "vocab.json": text("{}"),
  "merges.txt": text("#version"),
  "README.md": text("not needed"),
  "tf_model.h5": weights,
};
const files = { ...small, "model.safetensors": weights, "pytorch_model.bin": weights };
const needed = [
  "config.json",
  "merges.txt",
  "model.safetensors",
  "tokenizer_config.json",
  "vocab.json",
];

let hub: FakeHub;
let storage: FakeHub;
let cache: string;
const before = { ...process.env };

beforeAll(async () => {
  storage = await startFakeHub();
  hub = await startFakeHub();
});

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "codet5-hub-"));
  Object.assign(process.env, {
    HF_ENDPOINT: hub.url,
    HF_HUB_CACHE: cache,
    HF_HOME: join(cache, "home"),
    HF_HUB_DOWNLOAD_TIMEOUT: "10",
  });
  for (const name of ["HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
    delete process.env[name];
});

afterEach(() => {
  hub.seen.length = 0;
  storage.seen.length = 0;
  for (const known of [hub.repositories, storage.repositories]) {
    for (const name of Object.keys(known)) delete known[name];
  }
});

afterAll(async () => {
  process.env = before;
  await Promise.all([hub.close(), storage.close()]);
});

const fetchNamed = (name: string) => fetchModel(requireModelName(name));

async function failureOf(work: Promise<unknown>): Promise<CodeT5Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CodeT5Error) return error;
  throw new Error(`not one of our errors: ${error}`);
}

const folderOf = (name: string) => join(cache, `models--${name.replace("/", "--")}`);
const partsOf = (name: string) =>
  readdirSync(join(folderOf(name), "blobs")).filter((blob) => blob.endsWith(".incomplete"));

describe("hub: fetching", () => {
  test("hub: the files a model needs, in the layout of Python's cache, once", async () => {
    hub.repositories["a/tiny"] = { files };
    const fetched = await fetchNamed("a/tiny");
    expect(fetched.files.map(({ name }) => name).sort()).toEqual(needed);
    const snapshot = join(folderOf("a/tiny"), "snapshots", firstCommit);
    expect(fetched).toMatchObject({ name: "a/tiny", commit: firstCommit, folder: snapshot });
    expect(readFileSync(join(folderOf("a/tiny"), "refs", "main"), "utf8")).toBe(firstCommit);
    const link = join(snapshot, "model.safetensors");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toBe(join("..", "..", "blobs", sha256(weights)));
    expect(readFileSync(link)).toEqual(Buffer.from(weights));
    // git's hash of a blob names small files, as Python's library has it
    expect(readlinkSync(join(snapshot, "config.json"))).toMatch(
      /^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/,
    );
    const numRequests = hub.seen.length;
    expect((await fetchNamed("a/tiny")).fetchedBytes).toBe(0);
    expect(hub.seen.length).toBe(numRequests + 1);
  });

  test("hub: progress ends at the size of all files, which only grows", async () => {
    hub.repositories["a/tiny"] = { files };
    const told: [number, number][] = [];
    await fetchModel(requireModelName("a/tiny"), {
      onProgress: (...counts) => told.push(counts),
    });
    expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
    expect(told.every(([done], i) => done >= (told[i - 1]?.[0] ?? 0))).toBe(true);
  });

  test("hub: shards are those the index names, from .bin when there is no other", async () => {
    const shards = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
    const map = { weight_map: { a: shards[0], b: shards[1] } };
    hub.repositories["a/two"] = {
      files: {
        ...small,
        "pytorch_model.bin.index.json": text(JSON.stringify(map)),
        [shards[0]!]: weights,
        [shards[1]!]: weights.subarray(1),
      },
    };
    const { files: got } = await fetchNamed("a/two");
    expect(got.map(({ name }) => name)).toEqual(expect.arrayContaining(shards));
    hub.repositories["a/odd"] = {
      files: {
        ...small,
        "pytorch_model.bin.index.json": text('{"weight_map":{"a":"../../x.bin"}}'),
      },
    };
    expect((await failureOf(fetchNamed("a/odd"))).code).toBe("shards.name");
  });

  test("hub: the token goes to the hub and not where it redirects to", async () => {
    const gate = await startFakeHub(storage.url);
    process.env.HF_ENDPOINT = gate.url;
    gate.repositories["a/gated"] = { files, isGated: true };
    storage.repositories["a/gated"] = { files };
    const error = await failureOf(fetchNamed("a/gated"));
    expect(error.code).toBe("hub.denied");
    expect(error.details.help).toMatch(/HF_TOKEN/);
    mkdirSync(join(cache, "home"));
    writeFileSync(join(cache, "home", "token"), "secret\n");
    await fetchNamed("a/gated");
    expect(gate.seen.at(-1)!.authorization).toBe("Bearer secret");
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([""]);
    await gate.close();
  });

  test("hub: a revision is fetched beside main and noted under its own name", async () => {
    hub.repositories["a/tiny"] = { files };
    await fetchNamed(`a/tiny@${firstCommit}`);
    expect(existsSync(join(folderOf("a/tiny"), "refs"))).toBe(false);
    expect((await failureOf(fetchNamed("a/tiny@v9"))).code).toBe("hub.missing");
  });
});

describe("hub: networks that fail", () => {
  const faulty = (kind: "drop" | "corrupt" | "stall" | "overload" | "lengthen", times: number) => {
    hub.repositories["a/tiny"] = { files, faults: { "model.safetensors": { kind, times } } };
    return fetchNamed("a/tiny");
  };
  const content = () =>
    readFileSync(join(folderOf("a/tiny"), "snapshots", firstCommit, "model.safetensors"));

  test("hub: a connection dropped half way is gone on with by Range", async () => {
    await faulty("drop", 2);
    expect(content()).toEqual(Buffer.from(weights));
    const ranges = hub.seen.filter(({ path }) => path.startsWith("/storage")).map((r) => r.range);
    expect(ranges).toEqual(["", "bytes=100000-", "bytes=150000-"]);
  });

  test("hub: what an earlier run left is gone on with, a server that cannot starts again", async () => {
    const blobs = join(folderOf("a/tiny"), "blobs");
    mkdirSync(blobs, { recursive: true });
    const partial = join(blobs, `${sha256(weights)}.incomplete`);
    writeFileSync(partial, weights.subarray(0, 123_456));
    hub.repositories["a/tiny"] = { files };
    await fetchNamed("a/tiny");
    expect(hub.seen.at(-1)!.range).toBe("bytes=123456-");
    expect(content()).toEqual(Buffer.from(weights));
    hub.repositories["a/other"] = {
      files: { ...files, "model.safetensors": weights.subarray(5) },
      faults: { "model.safetensors": { kind: "ignoreRange", times: 1 } },
    };
    const other = join(folderOf("a/other"), "blobs");
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, `${sha256(weights.subarray(5))}.incomplete`), "junk");
    await fetchNamed("a/other");
    expect(partsOf("a/other")).toEqual([]);
  });

  test("hub: a damaged part is fetched once more, damage each time is refused and not kept", async () => {
    await faulty("corrupt", 1);
    expect(content()).toEqual(Buffer.from(weights));
    hub.repositories["a/bad"] = {
      files,
      faults: { "model.safetensors": { kind: "corrupt", times: 99 } },
    };
    const error = await failureOf(fetchNamed("a/bad"));
    expect(error).toMatchObject({ code: "hub.checksum" });
    expect(error.details.expected).toContain(sha256(weights));
    expect(readdirSync(join(folderOf("a/bad"), "blobs"))).not.toContain(sha256(weights));
    expect(partsOf("a/bad")).toEqual([]);
    expect(existsSync(join(folderOf("a/bad"), "refs"))).toBe(false);
  });

  test("hub: a server that goes silent is asked again after the time limit", async () => {
    process.env.HF_HUB_DOWNLOAD_TIMEOUT = "1";
    await faulty("stall", 1);
    expect(content()).toEqual(Buffer.from(weights));
  });

  test("hub: an overloaded server is asked again, more bytes than promised are refused", async () => {
    await faulty("overload", 2);
    hub.repositories["a/long"] = {
      files,
      faults: { "model.safetensors": { kind: "lengthen", times: 99 } },
    };
    expect((await failureOf(fetchNamed("a/long"))).code).toBe("hub.size");
  });

  test("hub: without a connection the cache is used, and told; without either it is an error", async () => {
    hub.repositories["a/tiny"] = { files };
    await fetchNamed("a/tiny");
    process.env.HF_ENDPOINT = "http://127.0.0.1:1";
    const warnings: string[] = [];
    const onWarning = (line: string) => warnings.push(line);
    const { commit } = await fetchModel(requireModelName("a/tiny"), { onWarning });
    expect(commit).toBe(firstCommit);
    expect(warnings).toHaveLength(1);
    expect((await failureOf(fetchNamed("a/new"))).code).toBe("hub.unreachable");
  });
});

describe("hub: offline", () => {
  test("hub: HF_HUB_OFFLINE asks nobody: the cache has it whole, or it is an error", async () => {
    hub.repositories["a/tiny"] = { files };
    await fetchNamed("a/tiny");
    hub.seen.length = 0;
    process.env.HF_HUB_OFFLINE = "1";
    expect((await fetchNamed("a/tiny")).fetchedBytes).toBe(0);
    const error = await failureOf(fetchNamed("a/tinny"));
    expect(error).toMatchObject({ code: "hub.offline" });
    expect(error.details.help).toContain("a/tiny");
    expect(hub.seen).toEqual([]);
  });

  test("hub: a snapshot without its weights, or a ref that is no commit, is not a model", async () => {
    process.env.HF_HUB_OFFLINE = "1";
    const snapshot = join(folderOf("a/part"), "snapshots", firstCommit);
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(folderOf("a/part"), "refs"));
    writeFileSync(join(snapshot, "config.json"), "{}");
    writeFileSync(join(folderOf("a/part"), "refs", "main"), firstCommit);
    expect((await failureOf(fetchNamed("a/part"))).code).toBe("hub.offline");
    writeFileSync(join(folderOf("a/part"), "refs", "main"), "../../../../etc");
    expect((await failureOf(fetchNamed("a/part"))).code).toBe("hub.offline");
  });
});

describe("hub: what a user calls a model", () => {
  test("hub: a folder wins, then a name; a mistyped path asks nobody and names its neighbour", async () => {
    hub.repositories["a/tiny"] = { files };
    expect(await findModelFolder(cache)).toBe(cache);
    expect(await findModelFolder("a/tiny")).toContain(join("snapshots", firstCommit));
    hub.seen.length = 0;
    mkdirSync(join(cache, "my-model"));
    const error = await failureOf(findModelFolder(join(cache, "my-modle")));
    expect(error.code).toBe("model.folder");
    expect(error.details.help).toContain("my-model");
    expect((await failureOf(findModelFolder("src/modle"))).code).toBe("model.folder");
    expect((await failureOf(findModelFolder("nowhere"))).code).toBe("model.folder");
    expect(hub.seen).toEqual([]);
  });

  test("hub: a name nobody knows is told to be neither", async () => {
    const error = await failureOf(findModelFolder("b/nothing"));
    expect(error.code).toBe("hub.missing");
    expect(error.message).toMatch(/no folder here, and the hub has no such model/);
  });

  test.each(["a/b", "Salesforce/codet5-small", "a/b@v1.0", "a_1/b.c@refs/pr/3"])(
    "hub: %s is a name",
    (name) => expect(parseModelName(name)).toBeDefined(),
  );

  test.each([
    "",
    "a",
    "a/b/c",
    "../b",
    "a/..",
    "/a/b",
    "./a",
    "a/b@",
    "a/b@../x",
    "a/b@x@y",
    "a--b/c",
    "a/b.git",
    "a\\b/c",
    "~/x",
    "a/ b",
  ])("hub: %j is no name", (name) => expect(parseModelName(name)).toBeUndefined());
});

test("hubEnvironment: Python's variables and defaults", () => {
  expect(hubEnvironment({ HF_HOME: "/h", HF_ENDPOINT: "https://mirror.example/" })).toMatchObject({
    endpoint: "https://mirror.example",
    cacheFolder: join("/h", "hub"),
    tokenFile: join("/h", "token"),
    isOffline: false,
  });
  expect(hubEnvironment({ XDG_CACHE_HOME: "/x", HF_HUB_OFFLINE: "YES" })).toMatchObject({
    cacheFolder: join("/x", "huggingface", "hub"),
    isOffline: true,
  });
  expect(() => hubEnvironment({ HF_ENDPOINT: "file:///etc" })).toThrow(/HF_ENDPOINT/);
  expect(() => hubEnvironment({ HF_TOKEN: "a\nb" })).toThrow(/HF_TOKEN/);
});

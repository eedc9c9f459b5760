/**
 * @file Where the entries of a zip archive lie, for archives that store without compression, as
 * PyTorch writes them; with 64-bit sizes. Nothing is inflated, so nothing can swell.
 * PKWARE APPNOTE.TXT §4.3 (records) and §4.5.3 (64-bit sizes).
 */
import { fstatSync } from "node:fs";
import { DataError } from "../base/index.ts";
import { readInto } from "./header.ts";
import { kindOf } from "./pickle.ts";

/** The bytes of one stored file: from `offset` of the archive on. */
export interface ZipEntry {
  readonly name: string;
  readonly offset: number;
  readonly byteLength: number;
}

/** Some 50,000 names; a longer directory is not one of a model's. */
const maxDirectoryBytes = 8_000_000;

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;
const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const centralBytes = 46;
const localBytes = 30;
const longestComment = 0xffff;
/** A 32-bit field that says: look into the 64-bit one. */
const in64 = 0xffffffff;

/**
 * Read the directory of an archive and check it: every entry stored as it is, inside the file,
 * beside the others, under a plain relative name given once.
 * @param path named in errors
 * @returns entries by name
 * @throws DataError `zip.malformed`, `zip.compressed`, `zip.name`, `zip.overlap`
 */
export function readZipDirectory(file: number, path: string): Map<string, ZipEntry> {
  const fileBytes = fstatSync(file).size;
  const { offset, byteLength, count } = findDirectory(file, path, fileBytes);
  if (byteLength > maxDirectoryBytes || offset + byteLength > fileBytes) {
    const expected = `at most ${Math.min(maxDirectoryBytes, fileBytes - offset)} bytes`;
    throw malformed(path, `a directory of ${expected}`, `a claim of ${byteLength}`);
  }
  const directory = bytesAt(file, path, offset, byteLength);
  const entries = new Map<string, ZipEntry>();
  const spans: Span[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const central = centralEntry(directory, at, path);
    at = central.end;
    if (entries.has(central.name)) throw badName(path, central.name, "a name used once");
    const entry = locate(file, path, central, offset);
    entries.set(central.name, entry);
    spans.push({ name: entry.name, start: central.local, end: entry.offset + entry.byteLength });
  }
  checkSpans(spans, path);
  return entries;
}

interface Directory {
  readonly offset: number;
  readonly byteLength: number;
  readonly count: number;
}

function findDirectory(file: number, path: string, fileBytes: number): Directory {
  if (fileBytes < endBytes) throw malformed(path, "a zip archive", `${fileBytes} bytes`);
  const tailBytes = Math.min(fileBytes, endBytes + longestComment);
  const tailStart = fileBytes - tailBytes;
  const tail = bytesAt(file, path, tailStart, tailBytes);
  for (let at = tailBytes - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== signatures.end) continue;
    if (at + endBytes + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const wide = wideDirectory(file, path, tailStart + at);
    if (wide !== undefined) return wide;
    const [byteLength, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
    return { offset, byteLength, count: tail.getUint16(at + 10, true) };
  }
  throw malformed(path, "the end record of a zip archive", "none: the file is cut or no archive");
}

/** The 64-bit directory, when a locator stands before the end record. */
function wideDirectory(file: number, path: string, end: number): Directory | undefined {
  const at = end - locatorBytes;
  if (at < 0) return undefined;
  const locator = bytesAt(file, path, at, locatorBytes);
  if (locator.getUint32(0, true) !== signatures.locator64) return undefined;
  const start = wideNumber(locator, 8, path);
  if (start + end64Bytes > at) throw malformed(path, "a 64-bit end record", "none in the file");
  const record = bytesAt(file, path, start, end64Bytes);
  if (record.getUint32(0, true) !== signatures.end64) {
    throw malformed(path, "a 64-bit end record", "another signature");
  }
  const [count, byteLength, offset] = [32, 40, 48].map((field) => wideNumber(record, field, path));
  return { count: count!, byteLength: byteLength!, offset: offset! };
}

interface CentralEntry {
  readonly name: string;
  readonly byteLength: number;
  /** Start of the local header. */
  readonly local: number;
  /** End of this record in the directory. */
  readonly end: number;
}

function centralEntry(directory: DataView, at: number, path: string): CentralEntry {
  const fits = at + centralBytes <= directory.byteLength;
  if (!fits || directory.getUint32(at, true) !== signatures.central) {
    throw malformed(path, "as many entries as the directory tells", "fewer");
  }
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
    directory.getUint16(at + field, true),
  ) as [number, number, number];
  const extra = at + centralBytes + nameBytes;
  const end = extra + extraBytes + commentBytes;
  if (end > directory.byteLength) throw malformed(path, "entries inside the directory", "more");
  const name = nameAt(directory, at + centralBytes, nameBytes, path);
  const [stored, byteLength, local] = wideFields(
    directory,
    [20, 24, 42].map((field) => directory.getUint32(at + field, true)) as [number, number, number],
    { at: extra, end: extra + extraBytes },
    path,
  );
  const [flags, method] = [directory.getUint16(at + 8, true), directory.getUint16(at + 10, true)];
  if (method !== 0 || (flags & 1) !== 0 || stored !== byteLength) throw notStored(path, name);
  return { name, byteLength, local, end };
}

/** 32-bit fields, those that overflow taken from the 64-bit extra field, in the format's order. */
function wideFields(
  directory: DataView,
  [stored, byteLength, local]: readonly [number, number, number],
  extra: { readonly at: number; readonly end: number },
  path: string,
): [stored: number, byteLength: number, local: number] {
  let at = wideExtra(directory, extra);
  const take = (narrow: number): number => {
    if (narrow !== in64) return narrow;
    if (at === undefined || at + 8 > extra.end) throw malformed(path, "a 64-bit size", "none");
    at += 8;
    return wideNumber(directory, at - 8, path);
  };
  const size = take(byteLength);
  return [take(stored), size, take(local)];
}

/** Start of the values of the extra field of 64-bit sizes. */
function wideExtra(directory: DataView, extra: { at: number; end: number }): number | undefined {
  for (let at = extra.at; at + 4 <= extra.end; at += 4 + directory.getUint16(at + 2, true)) {
    if (directory.getUint16(at, true) === 1) return at + 4;
  }
  return undefined;
}

function nameAt(directory: DataView, at: number, length: number, path: string): string {
  const bytes = new Uint8Array(directory.buffer, directory.byteOffset + at, length);
  const name = new TextDecoder().decode(bytes);
  const isPlain = !name.split(/[/\\]/).some((part) => part === ".." || part === "");
  if (isPlain && !/[\0:\ufffd]/.test(name)) return name;
  throw badName(path, name, "a relative name without '..'");
}

/** The data of an entry begins after its local header, whose lengths are its own. */
function locate(file: number, path: string, entry: CentralEntry, directory: number): ZipEntry {
  const { name, byteLength, local } = entry;
  if (local + localBytes > directory) throw outside(path, name);
  const header = bytesAt(file, path, local, localBytes);
  if (header.getUint32(0, true) !== signatures.local) throw outside(path, name);
  const offset = local + localBytes + header.getUint16(26, true) + header.getUint16(28, true);
  if (offset + byteLength > directory) throw outside(path, name);
  return { name, offset, byteLength };
}

interface Span {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Entries that share bytes are how one small file claims to be many large ones. */
function checkSpans(spans: readonly Span[], path: string): void {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  for (const [i, { name, start }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || before.end <= start) continue;
    throw new DataError("zip.overlap", "two entries of the archive overlap", {
      expected: "entries one after the other",
      got: `${kindOf(before.name)} and ${kindOf(name)}`,
      where: path,
    });
  }
}

function bytesAt(file: number, path: string, position: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  readInto(file, bytes, position, path);
  return new DataView(bytes.buffer);
}

function wideNumber(view: DataView, at: number, path: string): number {
  const value = Number(view.getBigUint64(at, true));
  if (Number.isSafeInteger(value)) return value;
  throw malformed(path, "sizes below 2^53", String(value));
}

function malformed(path: string, expected: string, got: string): DataError {
  const help = "copy or download it again";
  return new DataError("zip.malformed", "malformed zip archive", {
    expected,
    got,
    where: path,
    help,
  });
}

function outside(path: string, name: string): DataError {
  return malformed(path, "every entry before the directory", `${kindOf(name)} elsewhere`);
}

function notStored(path: string, name: string): DataError {
  return new DataError("zip.compressed", "an entry is compressed or encrypted", {
    expected: "entries stored as they are, as torch.save writes them",
    got: kindOf(name),
    where: path,
  });
}

function badName(path: string, name: string, expected: string): DataError {
  const details = { expected, got: kindOf(name), where: path };
  return new DataError("zip.name", "an entry of the archive has a bad name", details);
}

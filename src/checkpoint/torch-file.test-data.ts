/** @file Files such as `torch.save` writes, byte by byte, and hostile ones: for tests. */

const { concat } = Buffer;
const bytes = (...values: number[]) => Buffer.from(values);

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

/** Opcodes of a pickle as its author writes them. */
export const pickled = {
  protocol: bytes(0x80, 2),
  stop: bytes(0x2e),
  mark: bytes(0x28),
  none: bytes(0x4e),
  emptyDict: bytes(0x7d),
  emptyTuple: bytes(0x29),
  emptyList: bytes(0x5d),
  setItems: bytes(0x75),
  reduce: bytes(0x52),
  build: bytes(0x62),
  persistent: bytes(0x51),
  false: bytes(0x89),
  append: bytes(0x61),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  text: (value: string) => concat([bytes(0x58), u32(Buffer.byteLength(value)), Buffer.from(value)]),
  int: (value: number) =>
    value < 2 ** 31
      ? concat([bytes(0x4a), u32(value)])
      : concat([bytes(0x8a, 8), u32(value), u32(Math.floor(value / 2 ** 32))]),
  tuple: (...items: readonly Buffer[]) => concat([bytes(0x28), ...items, bytes(0x74)]),
  put: (index: number) => bytes(0x71, index),
  get: (index: number) => bytes(0x68, index),
} as const;

const emptyOrderedDict = concat([
  pickled.global("collections", "OrderedDict"),
  pickled.emptyTuple,
  pickled.reduce,
]);

/** What a state dict says of one tensor; the rest follows from it. */
export interface TensorSketch {
  readonly shape: readonly number[];
  /** Entry of the archive; default: the position in the dictionary. */
  readonly key?: string;
  readonly storage?: string;
  /** Elements of the storage; default: as many as the shape has. */
  readonly count?: number;
  readonly start?: number;
  readonly strides?: readonly number[];
}

/** The call that rebuilds a tensor. */
export function pickledTensor(sketch: TensorSketch, key = "0"): Buffer {
  const { shape, storage = "FloatStorage", start = 0 } = sketch;
  const { count = start + shape.reduce((product, dim) => product * dim, 1) } = sketch;
  const { strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)) } = sketch;
  const id = pickled.tuple(
    pickled.text("storage"),
    pickled.global("torch", storage),
    pickled.text(sketch.key ?? key),
    pickled.text("cpu"),
    pickled.int(count),
  );
  return concat([
    pickled.global("torch._utils", "_rebuild_tensor_v2"),
    pickled.tuple(
      concat([id, pickled.persistent]),
      pickled.int(start),
      pickled.tuple(...shape.map(pickled.int)),
      pickled.tuple(...strides.map(pickled.int)),
      pickled.false,
      emptyOrderedDict,
    ),
    pickled.reduce,
  ]);
}

/** A state dict as PyTorch pickles it, with `_metadata` set on the OrderedDict. */
export function pickledStateDict(tensors: Readonly<Record<string, TensorSketch | Buffer>>): Buffer {
  const items = Object.entries(tensors).flatMap(([name, tensor], i) => [
    pickled.text(name),
    Buffer.isBuffer(tensor) ? tensor : pickledTensor(tensor, String(i)),
  ]);
  return concat([
    pickled.protocol,
    emptyOrderedDict,
    pickled.put(0),
    pickled.mark,
    ...items,
    pickled.setItems,
    pickled.emptyDict,
    pickled.mark,
    pickled.text("_metadata"),
    emptyOrderedDict,
    pickled.setItems,
    pickled.build,
    pickled.stop,
  ]);
}

/** One file of an archive; what is not given is true to the data. */
export interface ZipSketch {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** Size claimed in the directory. */
  readonly claimedBytes?: number;
  /** Start of the local header claimed in the directory. */
  readonly claimedStart?: number;
  /** Tell sizes in the 64-bit extra field. */
  readonly isWide?: boolean;
}

/** A zip archive of stored entries, aligned to 64 bytes as PyTorch does. */
export function zipArchive(entries: readonly ZipSketch[], isWide = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name, data, method = 0 } = entry;
    const padding = (64 - ((at + 30 + Buffer.byteLength(name)) % 64)) % 64;
    const local = concat([
      ...[u32(0x04034b50), u16(0), u16(0), u16(method), u32(0), u32(0), u32(data.length)],
      ...[u32(data.length), u16(Buffer.byteLength(name)), u16(padding), Buffer.from(name)],
      ...[Buffer.alloc(padding), Buffer.from(data)],
    ]);
    directory.push(centralRecord(entry, at));
    parts.push(local);
    at += local.length;
  }
  const central = concat(directory);
  const count = entries.length;
  const wide = concat([
    ...[u32(0x06064b50), u32(44), u32(0), u16(45), u16(45), u32(0), u32(0)],
    ...[count, count, central.length, at].map((value) => concat([u32(value), u32(0)])),
    ...[u32(0x07064b50), u32(0), u32(at + central.length), u32(0), u32(1)],
  ]);
  const end = concat([
    ...[u32(0x06054b50), u16(0), u16(0)],
    ...(isWide
      ? [u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff)]
      : [u16(count), u16(count), u32(central.length), u32(at)]),
    u16(0),
  ]);
  return concat([...parts, central, ...(isWide ? [wide] : []), end]);
}

function centralRecord(entry: ZipSketch, at: number): Buffer {
  const { name, data, method = 0, isWide = false } = entry;
  const { claimedBytes = data.length, claimedStart = at } = entry;
  const extra = isWide
    ? concat([
        ...[u16(1), u16(24)],
        ...[claimedBytes, claimedBytes, claimedStart].map((n) => concat([u32(n), u32(0)])),
      ])
    : Buffer.alloc(0);
  const tell = (value: number) => u32(isWide ? 0xffffffff : value);
  return concat([
    ...[u32(0x02014b50), u16(0), u16(0), u16(0), u16(method), u32(0), u32(0)],
    ...[tell(claimedBytes), tell(claimedBytes), u16(Buffer.byteLength(name)), u16(extra.length)],
    ...[u16(0), u16(0), u16(0), u32(0), tell(claimedStart), Buffer.from(name), extra],
  ]);
}

/** `pytorch_model.bin` with a pickle and storages by key. */
export function torchArchive(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Buffer {
  return zipArchive([
    { name: "archive/data.pkl", data: pickle },
    { name: "archive/byteorder", data: Buffer.from("little") },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
    { name: "archive/version", data: Buffer.from("3\n") },
  ]);
}

/** Little-endian float32. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

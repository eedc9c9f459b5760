/**
 * @file A checkpoint's matrices in blocks of 4 bits, made once and kept in a cache folder: one file, which sessions
 * map into memory, and what lies where. Shards are read row by row, so making it takes little memory.
 */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { DataError, readJsonFile, sizeOf, writeFileAtomically } from "../base/index.ts";
import {
  acquireLock,
  readFloat32,
  readRaw,
  type StoredTensor,
  writeFolderAtomically,
} from "../checkpoint/index.ts";
import { blockSize, packFourBits, type StoredWeight, type WeightUses } from "../rewrite/index.ts";
import { eightBitColumns } from "./eight-bit-columns.ts";
import type { ParameterSpec } from "./parameters.ts";

/** What is known of weights before any is read. */
export interface BlockShapes {
  readonly parameters: readonly ParameterSpec[];
  readonly tensors: ReadonlyMap<string, Pick<StoredTensor, "dtype">>;
  readonly uses: WeightUses;
  /** Matrices of layers are there in 8 bits as well, for prompts. */
  readonly hasColumns?: boolean;
}

/** What a folder is made of. */
export interface BlockSource extends BlockShapes {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const dataFile = "weights.bin";
const indexFile = "index.json";
/** Another layout, another cache. */
const layoutVersion = 1;
/** The few rows of a classifier stay as they are. */
const leastRows = 32;
/** Numbers converted at a time. */
const chunkSize = 1 << 22;
/** Where a tensor may begin: what kernels and memory maps like. */
const alignment = 4096;

/** Sixteen-bit tables stay as they are. */
const tableTypes = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;

/** Parts of a weight that are to be written. */
interface Plan {
  readonly name: string;
  readonly shape: readonly number[];
  readonly isBlocks: boolean;
  readonly isColumns: boolean;
  /** Type of the floats; undefined: none are needed. */
  readonly floats: keyof typeof tableTypes | undefined;
}

function planOf({ parameters, tensors, uses, hasColumns = false }: BlockShapes): Plan[] {
  return parameters.map(({ name, shape }) => {
    const fits = shape.length === 2 && shape[0]! >= leastRows && shape[1]! % blockSize === 0;
    const isBlocks = fits && uses.multiplied.has(name);
    const { dtype } = tensors.get(name)!;
    const isTable = uses.lookedUp.has(name) && Object.hasOwn(tableTypes, dtype);
    const floats = isTable ? (dtype as keyof typeof tableTypes) : isBlocks ? undefined : "F32";
    // few positions reach the vocabulary
    const isColumns = hasColumns && isBlocks && !isTable && !outputs.test(name);
    return { name, shape, isBlocks, isColumns, floats };
  });
}

const outputs = /^lm_head\b/;

const floatBytes = { F32: 4, F16: 2, BF16: 2 } as const;

/** Bytes that a model takes in blocks: on disk, and of that what sessions keep in memory. */
export function blockBytes(source: BlockShapes): {
  readonly disk: number;
  readonly packed: number;
} {
  let [disk, packed] = [0, 0];
  for (const { shape, isBlocks, isColumns, floats } of planOf(source)) {
    const size = sizeOf(shape);
    const blocks = isBlocks ? size / 2 + (4 * size) / blockSize : 0;
    const columns = isColumns ? size + 4 * shape[0]! : 0;
    disk += columns + blocks + (floats === undefined ? 0 : floatBytes[floats] * size);
    // scales are packed with their values, and stay mapped beside them
    packed += columns;
    packed += isBlocks ? blocks + (4 * size) / blockSize : 0;
  }
  return { disk, packed };
}

/** The folder of a checkpoint's blocks below a cache's. */
export function blockFolder(cache: string, source: BlockSource): string {
  const { parameters, tensors } = source;
  const hash = createHash("sha256").update(`${layoutVersion} ${JSON.stringify(planOf(source))}`);
  for (const { name } of parameters) {
    const { dtype, offset, source: file } = tensors.get(name)!;
    const { path, bytes, inode, modifiedMs } = file;
    hash.update(JSON.stringify([name, dtype, offset, basename(path), bytes, inode, modifiedMs]));
  }
  return join(cache, "int4", hash.digest("hex").slice(0, 32));
}

/** Whether the blocks of a checkpoint have been made. */
export const hasBlocks = (folder: string): boolean => existsSync(join(folder, indexFile));

/**
 * Make the blocks of a checkpoint, whole or not at all.
 * @param onProgress called with numbers converted, and their total
 * @throws DataError `run.locked` when another process makes them, `disk.full`, `tensor.notFinite`
 */
export async function writeBlocks(
  folder: string,
  source: BlockSource,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const plans = planOf(source);
  const total = plans.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lock = acquireLock(`${folder}.lock`);
  try {
    if (hasBlocks(folder)) return;
    await writeFolderAtomically(folder, (temporary) => {
      const index: Record<string, StoredWeight> = {};
      writeFileAtomically(join(temporary, dataFile), (write) => {
        const file = { write, offset: 0 };
        let done = 0;
        for (const plan of plans) {
          const tensor = source.tensors.get(plan.name)!;
          index[plan.name] = writeWeight(file, plan, tensor);
          done += sizeOf(plan.shape);
          onProgress(done, total);
        }
      });
      writeFileAtomically(join(temporary, indexFile), JSON.stringify(index));
    });
  } finally {
    lock.release();
  }
}

interface DataFile {
  readonly write: (bytes: Uint8Array) => void;
  offset: number;
}

/** Write bytes from the next boundary on; `put` may be called again for what follows them. */
function startPart(file: DataFile) {
  const padding = (alignment - (file.offset % alignment)) % alignment;
  if (padding > 0) file.write(new Uint8Array(padding));
  file.offset += padding;
  const part = { location: dataFile, offset: file.offset, length: 0 };
  const put = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => {
    file.write(new Uint8Array(buffer, byteOffset, byteLength));
    file.offset += byteLength;
    part.length += byteLength;
  };
  return { part, put };
}

function writeWeight(file: DataFile, plan: Plan, tensor: StoredTensor): StoredWeight {
  const { shape, floats, isBlocks, isColumns } = plan;
  const weight: { -readonly [K in keyof StoredWeight]: StoredWeight[K] } = { shape };
  if (floats !== undefined) {
    const { part, put } = startPart(file);
    const isRaw = tensor.dtype === floats;
    for (const rows of rowsOf(tensor)) put(isRaw ? readRaw(rows) : readFloat32(rows));
    weight.floats = { dtype: tableTypes[floats], external: part };
  }
  if (!isBlocks) return weight;
  const { part: values, put } = startPart(file);
  const allScales = new Float32Array(sizeOf(shape) / blockSize);
  let done = 0;
  for (const rows of rowsOf(tensor)) {
    const numbers = readFloat32(rows);
    const packed = new Uint8Array(numbers.length / 2);
    const scales = allScales.subarray(done, done + numbers.length / blockSize);
    packFourBits(numbers, packed, scales);
    requireFinite(scales, tensor);
    put(packed);
    done += scales.length;
  }
  const scales = startPart(file);
  scales.put(allScales);
  weight.blocks = { values, scales: scales.part };
  if (isColumns) weight.columns = writeColumns(file, tensor);
  return weight;
}

/** The whole matrix at once, since its columns are to lie beside each other. */
function writeColumns(file: DataFile, tensor: StoredTensor): NonNullable<StoredWeight["columns"]> {
  const [rows, width] = tensor.shape as [number, number];
  const columns = eightBitColumns(readFloat32(tensor), rows, width);
  const values = startPart(file);
  values.put(columns.values);
  const scales = startPart(file);
  scales.put(columns.scales);
  return { values: values.part, scales: scales.part };
}

/** A tensor in parts of some whole rows each. */
function* rowsOf(tensor: StoredTensor): Generator<StoredTensor> {
  const [numRows = 1, ...rest] = tensor.shape;
  const width = sizeOf(rest);
  const bytes = tensor.byteLength / sizeOf(tensor.shape);
  const perPart = Math.max(1, Math.floor(chunkSize / width));
  for (let row = 0; row < numRows; row += perPart) {
    const count = Math.min(perPart, numRows - row);
    const offset = tensor.offset + row * width * bytes;
    yield { ...tensor, shape: [count, ...rest], byteLength: count * width * bytes, offset };
  }
}

function requireFinite(scales: Float32Array, { name, source }: StoredTensor): void {
  if (scales.every(Number.isFinite)) return;
  throw new DataError("tensor.notFinite", "a weight is not a finite number", {
    expected: "finite numbers",
    got: "NaN or infinity",
    where: `${source.path}, tensor ${JSON.stringify(name)}`,
  });
}

/**
 * What lies where in a folder of blocks.
 * @throws DataError `json.*`, `model.cache` when it is not what {@link writeBlocks} wrote
 */
export function readBlockIndex(
  folder: string,
  parameters: readonly ParameterSpec[],
): ReadonlyMap<string, StoredWeight> {
  const index = readJsonFile(join(folder, indexFile), 64e6) as Record<string, StoredWeight>;
  const bytes = statSync(join(folder, dataFile), { throwIfNoEntry: false })?.size ?? 0;
  for (const { name, shape } of parameters) {
    const weight = Object.hasOwn(index, name) ? index[name]! : undefined;
    const { floats, blocks, columns } = weight ?? {};
    const packed = [blocks, columns].flatMap((part) => [part?.values, part?.scales]);
    const parts = [floats?.external, ...packed];
    const fits = parts.every((part) => !part || part.offset + part.length <= bytes);
    if (fits && weight?.shape.join() === shape.join()) continue;
    throw new DataError("model.cache", "the cached 4-bit weights are damaged", {
      expected: `${name} [${shape.join(", ")}] within ${bytes} bytes`,
      got: weight === undefined ? "nothing" : "another",
      where: folder,
      help: "remove that folder; it is made again",
    });
  }
  return new Map(parameters.map(({ name }) => [name, index[name]!]));
}

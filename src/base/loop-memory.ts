/** @file WebAssembly memory with SIMD loops over it; ONNX Runtime reads and writes it in place. */
import { assemble, type VectorLoop } from "./vector-assembler.ts";

/** The part of WebAssembly used here; TypeScript declares it only among the browser's types. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: LoopMemory["loops"] };
}
const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

const pageBytes = 65_536;

/** The largest memory: WebAssembly ends at 4 GiB. */
export const maxLoopBytes = 65_535 * pageBytes;

/** Compiled loops, not yet bound to a memory. */
export interface LoopModule {
  readonly module: object;
}

/** Memory that never moves: its ArrayBuffer is never detached. */
export interface LoopMemory {
  readonly buffer: ArrayBuffer;
  /** By name; addresses and lengths in bytes. */
  readonly loops: Readonly<Record<string, (...values: number[]) => number>>;
}

/** Compile named loops. */
export function compileLoops(loops: Readonly<Record<string, VectorLoop>>): LoopModule {
  return { module: new webAssembly.Module(assemble(loops)) };
}

/**
 * Reserve zeroed memory; pages cost real memory only once they are written.
 * @param bytes at most {@link maxLoopBytes}
 * @throws RangeError when the system refuses
 */
export function createLoopMemory({ module }: LoopModule, bytes: number): LoopMemory {
  const memory = new webAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
  const { exports } = new webAssembly.Instance(module, { env: { memory } });
  return { buffer: memory.buffer, loops: exports };
}

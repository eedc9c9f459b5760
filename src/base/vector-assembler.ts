/**
 * @file A very small WebAssembly assembler: SIMD loops over arrays and nothing else.
 * Instruction codes: WebAssembly 2.0 specification, §5.4 (binary format, instructions).
 */

/** Encoded instructions that leave one 128-bit vector on the stack, or none for stores. */
export type Code = readonly number[];

/** Names that a loop body reads and writes; each returns the instructions that do so. */
interface LoopScope {
  /** Four float32 of a pointer at the loop's position. */
  load(pointer: string): Code;
  /** Two float32 of a pointer, `pair` pairs further on, in the lower half of a vector. */
  loadPair(pointer: string, pair: number): Code;
  /** Store a vector, `vector` vectors further on; default 0. */
  store(pointer: string, value: Code, vector?: number): Code;
  /** A scalar or integer argument in all four lanes. */
  scalar(name: string): Code;
  /** Keep a value in a variable. */
  keep(variable: string, value: Code): Code;
  kept(variable: string): Code;
}

/**
 * A function `(pointers..., bytes, scalars..., integers...)` that runs its body over all bytes, a
 * stride at a time, and at least once.
 */
export interface VectorLoop {
  readonly pointers: readonly string[];
  /** float32 arguments. */
  readonly scalars: readonly string[];
  /** 32-bit integer arguments. */
  readonly integers?: readonly string[];
  readonly variables: readonly string[];
  /** Bytes per turn of the loop, a multiple of 16. */
  readonly stride: number;
  /** Run once before the loop; variables start from 0 without it. */
  readonly start?: (scope: LoopScope) => readonly Code[];
  readonly body: (scope: LoopScope) => readonly Code[];
  /** Variables, each two float64 sums starting from 0, whose lanes are added up and returned. */
  readonly sums?: readonly string[];
}

const type = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const binary = (code: Code) => (a: Code, b: Code) => [...a, ...b, 0xfd, ...code];
const unary = (code: Code) => (a: Code) => [...a, 0xfd, ...code];

/** Lane-wise float32 arithmetic, four lanes. */
export const f32x4 = {
  add: binary([0xe4, 0x01]),
  sub: binary([0xe5, 0x01]),
  mul: binary([0xe6, 0x01]),
  div: binary([0xe7, 0x01]),
  sqrt: unary([0xe3, 0x01]),
};

/** Lane-wise float64 arithmetic, two lanes, and the widening of the lower two float32. */
export const f64x2 = {
  add: binary([0xf0, 0x01]),
  mul: binary([0xf2, 0x01]),
  widen: unary([0x5f]),
};

/** Lane-wise arithmetic modulo 2^32, four lanes. */
export const i32x4 = {
  add: binary([0xae, 0x01]),
  mul: binary([0xb5, 0x01]),
  xor: binary([0x51]),
  /** Shift right, zeros coming in. */
  shiftRight: (a: Code, bits: number): Code => [...a, 0x41, bits, 0xfd, 0xad, 0x01],
  constant: (...lanes: readonly [number, number, number, number]): Code => [
    ...[0xfd, 0x0c],
    ...new Uint8Array(Int32Array.from(lanes).buffer),
  ],
};

/** Lane-wise comparison of unsigned 16-bit integers, eight lanes, and its use to choose float32. */
export const u16x8 = {
  /** All bits of a lane where a >= b, else none. */
  atLeast: binary([0x36]),
  /** The four lanes of the lower or the upper half, widened with their sign. */
  widenLow: unary([0xa7, 0x01]),
  widenHigh: unary([0xa8, 0x01]),
};

/** Bits set in both. */
export const both = binary([0x4e]);

/**
 * Assemble named loops into one WebAssembly module that imports its memory as `env.memory`.
 * @returns the module's bytes
 */
export function assemble(loops: Readonly<Record<string, VectorLoop>>): Uint8Array {
  const entries = Object.entries(loops);
  const types = entries.map(([, loop]) => functionType(loop));
  const exports = entries.map(([name], index) => [...text(name), 0x00, ...unsigned(index)]);
  const bodies = entries.map(([, loop]) => functionBody(loop));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [[...text("env"), ...text("memory"), 0x02, 0x00, 0x00]]),
    ...section(
      3,
      entries.map((_, index) => unsigned(index)),
    ),
    ...section(7, exports),
    ...section(10, bodies),
  ]);
}

function functionType({ pointers, scalars, integers = [], sums }: VectorLoop): Code {
  const parameters = [
    ...[...pointers, "bytes"].map(() => type.i32),
    ...scalars.map(() => type.f32),
    ...integers.map(() => type.i32),
  ];
  const results = sums === undefined ? [] : [type.f64];
  return [0x60, parameters.length, ...parameters, results.length, ...results];
}

function functionBody(loop: VectorLoop): Code {
  const { pointers, scalars, integers = [], variables, stride, sums = [] } = loop;
  const bytes = pointers.length;
  const firstScalar = bytes + 1;
  const firstVector = firstScalar + scalars.length + integers.length;
  const vectors = [...scalars, ...integers, ...variables, ...sums];
  const position = firstVector + vectors.length;
  const vector = (name: string) => firstVector + indexIn(vectors, name);
  const address = (pointer: string) => [
    ...localGet(indexIn(pointers, pointer)),
    ...[...localGet(position), 0x6a],
  ];
  const scope: LoopScope = {
    load: (pointer) => [...address(pointer), 0xfd, 0x00, 0x04, 0x00],
    loadPair: (pointer, pair) => [...address(pointer), 0xfd, 0x5d, 0x03, ...unsigned(8 * pair)],
    store: (pointer, value, at = 0) => [
      ...[...address(pointer), ...value],
      ...[0xfd, 0x0b, 0x04, ...unsigned(16 * at)],
    ],
    scalar: (name) => localGet(vector(name)),
    keep: (name, value) => [...value, ...localSet(vector(name))],
    kept: (name) => localGet(vector(name)),
  };
  const splats = [...scalars, ...integers].flatMap((name, i) => [
    ...[...localGet(firstScalar + i), 0xfd, i < scalars.length ? 0x13 : 0x11],
    ...localSet(vector(name)),
  ]);
  // do { body; position += stride } while (position < bytes), unsigned
  const advance = [...localGet(position), 0x41, ...signed(stride), 0x6a, 0x22, position];
  const repeat = [...advance, ...localGet(bytes), 0x49, 0x0d, 0x00];
  const code = [
    ...[0x02, ...unsigned(vectors.length), type.v128, 0x01, type.i32],
    ...[...splats, ...(loop.start?.(scope).flat() ?? [])],
    ...[0x03, 0x40, ...loop.body(scope).flat(), ...repeat, 0x0b],
    ...sums.flatMap((name, i) => laneSum(scope.kept(name), i > 0)),
    0x0b,
  ];
  return [...unsigned(code.length), ...code];
}

/** Both float64 lanes added to what the stack holds, if anything. */
function laneSum(value: Code, addToStack: boolean): Code {
  const lane = (index: number) => [...value, 0xfd, 0x21, index];
  return [...lane(0), ...lane(1), 0xa0, ...(addToStack ? [0xa0] : [])];
}

function indexIn(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`internal: unknown kernel name ${name}`);
  return index;
}

const localGet = (index: number): Code => [0x20, index];
const localSet = (index: number): Code => [0x21, index];
const text = (value: string): Code => [...unsigned(value.length), ...Buffer.from(value)];

function section(id: number, items: readonly Code[]): Code {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128, unsigned. */
function unsigned(value: number): Code {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128, signed; only for non-negative values. */
function signed(value: number): Code {
  const low = value & 0x7f;
  return value < 0x40 ? [low] : [low | 0x80, ...signed(value >>> 7)];
}

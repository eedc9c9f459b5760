/**
 * @file Python pickles as plain data. A pickle is a program that may call any function it names;
 * here it may name those of an allow-list alone, and they make plain data. Every opcode is a few
 * steps of work and of memory for the bytes it takes, so a pickle costs no more than its size; values
 * that contain themselves are never walked. Reference: CPython Lib/pickletools.py.
 */
import { DataError } from "../base/index.ts";

/** A name a pickle may use, and what a call of it gives; without `call` it may only be named. */
export interface PickleGlobal {
  readonly name: string;
  readonly call?: (args: readonly unknown[]) => unknown;
}

export interface PickleRules {
  /** By `module name`. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** The value behind a persistent id. */
  readonly persistent: (id: unknown) => unknown;
  /** File named in errors. */
  readonly where: string;
}

/** Lists and tuples are arrays, dictionaries are maps with keys of text or number. */
interface Machine {
  readonly rules: PickleRules;
  readonly view: DataView;
  at: number;
  stack: unknown[];
  readonly outer: unknown[][];
  readonly memo: Map<number, unknown>;
  /** What may still be made: 1 for a value or a remembered one, {@link mapUnits} more for a dictionary. */
  budget: number;
  isDone: boolean;
}

/** Some 30,000 tensors' worth; one byte of a pickle can ask for 200 of memory. */
const maxUnits = 2_000_000;
const mapUnits = 4;

type Step = (machine: Machine) => void;

/**
 * Read one pickle, protocols 2 to 5.
 * @throws DataError `pickle.global` for a name that is not allowed, `pickle.opcode` for an
 * instruction that would need one, `pickle.malformed`
 */
export function readPickle(bytes: Uint8Array, rules: PickleRules): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = {
    ...{ rules, view, at: 0, stack: [], outer: [], memo: new Map() },
    ...{ budget: maxUnits, isDone: false },
  };
  while (!machine.isDone) {
    const start = machine.at;
    const code = takeNumber(machine, 1);
    const step = steps[code];
    if (step === undefined) throw unknownOpcode(machine, code, start);
    step(machine);
  }
  return pop(machine);
}

function spend(machine: Machine, units: number): void {
  machine.budget -= units;
  if (machine.budget < 0) throw malformed(machine, "the values of a model's tensors", "too many");
}

function requireBytes(machine: Machine, length: number): void {
  const left = machine.view.byteLength - machine.at;
  if (length > left) throw malformed(machine, `${length} more bytes`, `${left}`);
}

function take(machine: Machine, length: number): Uint8Array {
  requireBytes(machine, length);
  const { view, at } = machine;
  machine.at = at + length;
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** An unsigned little-endian number of 1, 2, 4 or 8 bytes. */
function takeNumber(machine: Machine, length: 1 | 2 | 4 | 8): number {
  const { view, at } = machine;
  requireBytes(machine, length);
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + view.getUint8(at + i);
  machine.at = at + length;
  if (Number.isSafeInteger(value)) return value;
  throw malformed(machine, "a length below 2^53", String(value));
}

/** A little-endian two's complement number; none of a model needs more than 64 bits. */
function takeLong(machine: Machine): number {
  const length = takeNumber(machine, 1);
  if (length > 8) throw malformed(machine, "an integer of at most 8 bytes", `${length} bytes`);
  let bits = 0n;
  for (const byte of take(machine, length).toReversed()) bits = bits * 256n + BigInt(byte);
  return Number(BigInt.asIntN(8 * length, bits));
}

const utf8 = new TextDecoder("utf-8");

function takeText(machine: Machine, length: number): string {
  return utf8.decode(take(machine, length));
}

function takeLine(machine: Machine): string {
  const start = machine.at;
  while (takeNumber(machine, 1) !== 0x0a);
  const { view, at } = machine;
  return utf8.decode(new Uint8Array(view.buffer, view.byteOffset + start, at - start - 1));
}

function pop(machine: Machine): unknown {
  if (machine.stack.length === 0) throw malformed(machine, "a value on the stack", "none");
  return machine.stack.pop();
}

function top(machine: Machine): unknown {
  if (machine.stack.length === 0) throw malformed(machine, "a value on the stack", "none");
  return machine.stack.at(-1);
}

/** Values since the last mark. */
function popMark(machine: Machine): unknown[] {
  const outer = machine.outer.pop();
  if (outer === undefined) throw malformed(machine, "a mark on the stack", "none");
  const items = machine.stack;
  machine.stack = outer;
  return items;
}

/** The value is made first: making it may change the stack it goes onto. */
const push =
  (make: (machine: Machine) => unknown): Step =>
  (machine) => {
    const value = make(machine);
    spend(machine, 1);
    machine.stack.push(value);
  };

/** {@link push} of a new list, dictionary or result. */
const pushNew = (make: (machine: Machine) => unknown, units = 1): Step =>
  push((machine) => {
    spend(machine, units);
    return make(machine);
  });

function popMany(machine: Machine, count: number): unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(pop(machine));
  return items.reverse();
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw malformed(machine, "a list", kindOf(list));
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const map = top(machine);
  if (!(map instanceof Map)) throw malformed(machine, "a dictionary", kindOf(map));
  if (items.length % 2 !== 0) throw malformed(machine, "a value for each key", "a key alone");
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i];
    if (typeof key !== "string" && typeof key !== "number") {
      throw malformed(machine, "keys of text or number", kindOf(key));
    }
    map.set(key, items[i + 1]);
  }
}

function globalNamed(machine: Machine, module: string, name: string): PickleGlobal {
  const { globals, where } = machine.rules;
  const found = globals.get(`${module} ${name}`);
  if (found !== undefined) return found;
  throw new DataError("pickle.global", "the file names something that tensors do not need", {
    expected: [...globals.values()].map((global) => global.name).join(", "),
    got: JSON.stringify(clip(`${module}.${name}`)),
    where: `${where}, byte ${machine.at}`,
    help: "nothing of it was run; get the weights as safetensors from a source you trust",
  });
}

function stackGlobal(machine: Machine): PickleGlobal {
  const [module, name] = popMany(machine, 2);
  if (typeof module !== "string" || typeof name !== "string") {
    throw malformed(machine, "the name of a global", `${kindOf(module)} and ${kindOf(name)}`);
  }
  return globalNamed(machine, module, name);
}

function reduce(machine: Machine): unknown {
  const [callee, args] = popMany(machine, 2);
  const call = isGlobal(machine, callee) ? callee.call : undefined;
  if (call !== undefined && Array.isArray(args)) return call(args);
  throw malformed(machine, "a call of an allowed name", `${kindOf(callee)} with ${kindOf(args)}`);
}

/** By identity: what a pickle makes up itself is never in the table. */
function isGlobal({ rules }: Machine, value: unknown): value is PickleGlobal {
  return [...rules.globals.values()].includes(value as PickleGlobal);
}

/** State set on an object: an OrderedDict's `_metadata`, which tells versions of modules. */
function build(machine: Machine): void {
  pop(machine);
  const target = top(machine);
  if (!(target instanceof Map)) throw malformed(machine, "state of a dictionary", kindOf(target));
}

function remember(machine: Machine, index: number): void {
  spend(machine, 1);
  machine.memo.set(index, top(machine));
}

function recall(machine: Machine, index: number): unknown {
  if (machine.memo.has(index)) return machine.memo.get(index);
  throw malformed(machine, "a value remembered before", `number ${index}`);
}

function takeProtocol(machine: Machine): void {
  const version = takeNumber(machine, 1);
  if (version < 2 || version > 5) throw malformed(machine, "protocol 2 to 5", String(version));
}

function mapOf(machine: Machine): Map<string | number, unknown> {
  const items = popMark(machine);
  const map = new Map<string | number, unknown>();
  machine.stack.push(map);
  setItems(machine, items);
  pop(machine);
  return map;
}

/** By opcode. Those that make instances or look objects up elsewhere are left out on purpose. */
const steps: Readonly<Record<number, Step>> = {
  128: takeProtocol,
  149: (machine) => void take(machine, 8), // FRAME
  46: (machine) => {
    machine.isDone = true; // STOP
  },
  40: (machine) => {
    spend(machine, 2); // MARK
    machine.outer.push(machine.stack);
    machine.stack = [];
  },
  48: (machine) => void pop(machine), // POP
  49: (machine) => void popMark(machine), // POP_MARK
  50: push(top), // DUP
  78: push(() => null), // NONE
  136: push(() => true), // NEWTRUE
  137: push(() => false), // NEWFALSE
  75: push((machine) => takeNumber(machine, 1)), // BININT1
  77: push((machine) => takeNumber(machine, 2)), // BININT2
  74: push((machine) => takeNumber(machine, 4) | 0), // BININT
  138: push(takeLong), // LONG1
  71: push((machine) => dataView(take(machine, 8)).getFloat64(0)), // BINFLOAT
  88: push((machine) => takeText(machine, takeNumber(machine, 4))), // BINUNICODE
  140: push((machine) => takeText(machine, takeNumber(machine, 1))), // SHORT_BINUNICODE
  141: push((machine) => takeText(machine, takeNumber(machine, 8))), // BINUNICODE8
  85: push((machine) => takeText(machine, takeNumber(machine, 1))), // SHORT_BINSTRING
  84: push((machine) => takeText(machine, takeNumber(machine, 4))), // BINSTRING
  93: pushNew(() => []), // EMPTY_LIST
  108: push(popMark), // LIST
  97: (machine) => append(machine, [pop(machine)]), // APPEND
  101: (machine) => append(machine, popMark(machine)), // APPENDS
  41: pushNew(() => []), // EMPTY_TUPLE
  116: push(popMark), // TUPLE
  133: pushNew((machine) => popMany(machine, 1)), // TUPLE1
  134: pushNew((machine) => popMany(machine, 2)), // TUPLE2
  135: pushNew((machine) => popMany(machine, 3)), // TUPLE3
  125: pushNew(() => new Map(), mapUnits), // EMPTY_DICT
  100: pushNew(mapOf, mapUnits), // DICT
  115: (machine) => setItems(machine, popMany(machine, 2)), // SETITEM
  117: (machine) => setItems(machine, popMark(machine)), // SETITEMS
  113: (machine) => remember(machine, takeNumber(machine, 1)), // BINPUT
  114: (machine) => remember(machine, takeNumber(machine, 4)), // LONG_BINPUT
  148: (machine) => remember(machine, machine.memo.size), // MEMOIZE
  104: push((machine) => recall(machine, takeNumber(machine, 1))), // BINGET
  106: push((machine) => recall(machine, takeNumber(machine, 4))), // LONG_BINGET
  99: push((machine) => globalNamed(machine, takeLine(machine), takeLine(machine))), // GLOBAL
  147: push(stackGlobal), // STACK_GLOBAL
  82: pushNew(reduce, mapUnits), // REDUCE
  98: build, // BUILD
  81: push((machine) => machine.rules.persistent(pop(machine))), // BINPERSID
};

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A word for a value, never its content, which may be long or contain itself. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  if (typeof value === "string") return JSON.stringify(clip(value));
  return typeof value === "object" ? "an object" : String(value);
}

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

function unknownOpcode(machine: Machine, code: number, start: number): DataError {
  const text = `0x${code.toString(16).padStart(2, "0")}`;
  return new DataError("pickle.opcode", "the file has an instruction that tensors do not need", {
    expected: "tensors in dictionaries, as torch.save writes a state dict",
    got: code > 0x20 && code < 0x7f ? `${text} (${String.fromCharCode(code)})` : text,
    where: `${machine.rules.where}, byte ${start}`,
    help: "nothing of it was run; get the weights as safetensors from a source you trust",
  });
}

function malformed(machine: Machine, expected: string, got: string): DataError {
  const where = `${machine.rules.where}, byte ${machine.at}`;
  return new DataError("pickle.malformed", "malformed pickle", { expected, got, where });
}

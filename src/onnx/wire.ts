/**
 * @file Reading protobuf messages by tables of fields, bounded: no message reads past its own end,
 * and the number of objects made from a file is limited, however small they are in it.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { DataError } from "../base/index.ts";

const { Varint, LengthDelimited, Bit32 } = WireType;

/** A position in a file's bytes. */
export interface Cursor {
  readonly reader: BinaryReader;
  /** File or model name for errors. */
  readonly where: string;
  /** Units that may still be spent: 1 for a text or number, {@link messageCost} for a message. */
  budget: number;
  /** Messages around this one that hold messages of their own kind: graphs in graphs. */
  depth: number;
}

interface Field<T> {
  readonly wires: readonly WireType[];
  readonly read: (target: T, cursor: Cursor, wire: WireType) => void;
}

/** What to do with each field number of a message; others are skipped. */
export type Fields<T> = Readonly<Record<number, Field<T>>>;

/** Start at the first byte. */
export function openCursor(bytes: Uint8Array, where: string): Cursor {
  return { reader: new BinaryReader(bytes), where, budget: 8_000_000, depth: 0 };
}

/** A message becomes an object with lists: so a million of them at most, far beyond real graphs. */
const messageCost = 8;

/** Read fields into `target` up to the byte `end`. @throws DataError `onnx.malformed` */
export function readMessage<T>(cursor: Cursor, fields: Fields<T>, target: T, end: number): T {
  const { reader } = cursor;
  spend(cursor, messageCost);
  while (reader.pos < end) {
    const start = reader.pos;
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wire, number);
    else if (field.wires.includes(wire)) field.read(target, cursor, wire);
    else throw malformed(cursor, start, `no wire type ${wire} for field ${number}`);
    if (reader.pos > end) throw malformed(cursor, start, "a field that ends with its message");
  }
  return target;
}

function spend(cursor: Cursor, units = 1): void {
  cursor.budget -= units;
  if (cursor.budget < 0) throw malformed(cursor, cursor.reader.pos, "a graph of sensible size");
}

/** A nested message, read into what `open` returns. */
export function message<T, U>(fields: Fields<U>, open: (target: T) => U): Field<T> {
  return {
    wires: [LengthDelimited],
    read: (target, cursor) => {
      const length = cursor.reader.uint32();
      const end = cursor.reader.pos + length;
      if (end > cursor.reader.len) throw truncated(cursor, length);
      readMessage(cursor, fields, open(target), end);
    },
  };
}

/** Far above real models: a loop in a branch of a loop. */
const maxDepth = 16;

/** A message that may hold its own kind, bounded; `field` is asked for when it is known. */
export function nested<T>(field: () => Field<T>): Field<T> {
  return {
    wires: [LengthDelimited],
    read: (target, cursor, wire) => {
      cursor.depth += 1;
      if (cursor.depth > maxDepth) {
        throw malformed(cursor, cursor.reader.pos, `graphs in graphs, ${maxDepth} deep at most`);
      }
      field().read(target, cursor, wire);
      cursor.depth -= 1;
    },
  };
}

export function text<T>(set: (target: T, value: string) => void): Field<T> {
  return {
    wires: [LengthDelimited],
    read: (target, cursor) => {
      spend(cursor);
      set(target, cursor.reader.string(true));
    },
  };
}

/** Bytes as a view, not a copy. */
export function bytes<T>(set: (target: T, value: Uint8Array) => void): Field<T> {
  return {
    wires: [LengthDelimited],
    read: (target, cursor) => set(target, cursor.reader.bytes()),
  };
}

/** An integer (int32, int64 or enum), alone or each of a list, packed or not. */
export function integer<T>(set: (target: T, value: number) => void, packed = false): Field<T> {
  return list(Varint, packed, (target, cursor) => set(target, readInteger(cursor)));
}

/** A float32, alone or each of a list, packed or not. */
export function float<T>(set: (target: T, value: number) => void, packed = false): Field<T> {
  return list(Bit32, packed, (target, cursor) => set(target, cursor.reader.float()));
}

/** Numbers of a tensor as their undecoded bytes: a packed run, or one element at a time. */
export function rawNumbers<T>(wire: WireType, add: (target: T, run: Uint8Array) => void): Field<T> {
  return {
    wires: [wire, LengthDelimited],
    read: (target, cursor, found) => {
      spend(cursor);
      const { reader } = cursor;
      add(target, found === LengthDelimited ? reader.bytes() : reader.skip(wire));
    },
  };
}

/** A field that changes what the model means and that we do not read. */
export function unsupported<T>(what: string): Field<T> {
  return {
    wires: [LengthDelimited, Varint],
    read: (_, cursor) => {
      throw unsupportedError(what, `${cursor.where}, byte ${cursor.reader.pos}`);
    },
  };
}

export function unsupportedError(what: string, where: string): DataError {
  return new DataError("onnx.unsupported", `this model uses ${what}, which we do not read`, {
    expected: "one graph of dense tensors",
    got: what,
    where,
  });
}

function list<T>(
  wire: WireType,
  packed: boolean,
  one: (target: T, cursor: Cursor) => void,
): Field<T> {
  return {
    wires: packed ? [wire, LengthDelimited] : [wire],
    read: (target, cursor, found) => {
      const { reader } = cursor;
      const end = found === LengthDelimited ? reader.uint32() + reader.pos : 0;
      if (end > reader.len) throw truncated(cursor, end - reader.pos);
      do {
        if (found === LengthDelimited && reader.pos >= end) break;
        spend(cursor);
        one(target, cursor);
      } while (reader.pos < end);
      if (found === LengthDelimited && reader.pos !== end) {
        throw malformed(cursor, end, "a list that ends with its last element");
      }
    },
  };
}

function readInteger(cursor: Cursor): number {
  const start = cursor.reader.pos;
  const value = Number(cursor.reader.int64());
  if (!Number.isSafeInteger(value)) throw malformed(cursor, start, "an integer of 53 bits");
  return value;
}

function truncated(cursor: Cursor, length: number): DataError {
  const { reader } = cursor;
  const got = `${reader.len - reader.pos} bytes left`;
  return malformed(cursor, reader.pos, `${length} more bytes`, got);
}

/** Bytes that are not the protobuf message they should be. */
export function malformed(
  { reader, where }: Cursor,
  position: number,
  expected: string,
  got = "something else",
): DataError {
  return malformedError(expected, got, `${where}, byte ${Math.min(position, reader.len)}`);
}

/** A file that is protobuf, but not a model. */
export function malformedError(expected: string, got: string, where: string): DataError {
  return new DataError("onnx.malformed", "not a valid ONNX file", { expected, got, where });
}

/** @file Writes small SQLite files for tests: a leaf page a table, overflow pages, an inner page if asked. */

type Cell = string | number | null;

/** A table: columns and rows. */
export interface SmallTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows a leaf page holds; one page above them when there are several. */
  readonly rowsPerPage?: number;
}

const pageSize = 1024;

function varint(value: number): number[] {
  const bytes = [value & 127];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest & 127) | 128);
  }
  return bytes;
}

function record(cells: readonly Cell[]): Buffer {
  const types: number[] = [];
  const bodies: Buffer[] = [];
  for (const cell of cells) {
    if (cell === null) types.push(0);
    else if (typeof cell === "number") {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(cell);
      types.push(...varint(4));
      bodies.push(bytes);
    } else {
      const bytes = Buffer.from(cell);
      types.push(...varint(13 + 2 * bytes.length));
      bodies.push(bytes);
    }
  }
  return Buffer.concat([Buffer.from([...varint(types.length + 1), ...types]), ...bodies]);
}

/** The bytes of a database with these tables. */
export function smallSqlite(tables: Readonly<Record<string, SmallTable>>): Buffer {
  const pages: Buffer[] = [Buffer.alloc(pageSize)];
  const newPage = () => {
    pages.push(Buffer.alloc(pageSize));
    return pages.length;
  };
  const cellOf = (payload: Buffer, rowId: number): Buffer => {
    const head = Buffer.from([...varint(payload.length), ...varint(rowId)]);
    const [most, least] = [pageSize - 35, Math.floor(((pageSize - 12) * 32) / 255) - 23];
    if (payload.length <= most) return Buffer.concat([head, payload]);
    const wanted = least + ((payload.length - least) % (pageSize - 4));
    const local = wanted <= most ? wanted : least;
    const parts: Buffer[] = [];
    for (let at = local; at < payload.length; at += pageSize - 4) {
      parts.push(payload.subarray(at, at + pageSize - 4));
    }
    const numbers = parts.map(newPage);
    for (const [i, part] of parts.entries()) {
      const page = pages[numbers[i]! - 1]!;
      page.writeUInt32BE(numbers[i + 1] ?? 0);
      part.copy(page, 4);
    }
    const pointer = Buffer.alloc(4);
    pointer.writeUInt32BE(numbers[0]!);
    return Buffer.concat([head, payload.subarray(0, local), pointer]);
  };
  const fill = (number: number, kind: 5 | 13, cells: readonly Buffer[], right = 0) => {
    const page = pages[number - 1]!;
    const head = number === 1 ? 100 : 0;
    page[head] = kind;
    page.writeUInt16BE(cells.length, head + 3);
    if (kind === 5) page.writeUInt32BE(right, head + 8);
    let end = pageSize;
    for (const [i, cell] of cells.entries()) {
      end -= cell.length;
      if (end < head + 12 + 2 * cells.length) throw new Error("too much for a page");
      cell.copy(page, end);
      page.writeUInt16BE(end, head + (kind === 5 ? 12 : 8) + 2 * i);
    }
  };
  const schema = Object.entries(tables).map(
    ([name, { columns, rows, rowsPerPage = 1000 }], index) => {
      const leaves: number[] = [];
      for (let first = 0; first < Math.max(1, rows.length); first += rowsPerPage) {
        const leaf = newPage();
        const cells = rows
          .slice(first, first + rowsPerPage)
          .map((row, i) => cellOf(record(row), first + i + 1));
        fill(leaf, 13, cells);
        leaves.push(leaf);
      }
      let root = leaves[0]!;
      if (leaves.length > 1) {
        root = newPage();
        const pointers = leaves.slice(0, -1).map((leaf, i) => {
          const cell = Buffer.alloc(4);
          cell.writeUInt32BE(leaf);
          return Buffer.concat([cell, Buffer.from(varint((i + 1) * rowsPerPage))]);
        });
        fill(root, 5, pointers, leaves.at(-1)!);
      }
      const sql = `CREATE TABLE "${name}" (${columns.map((column) => `"${column}" TEXT`).join(", ")})`;
      return cellOf(record(["table", name, name, root, sql]), index + 1);
    },
  );
  fill(1, 13, schema);
  const header = pages[0]!;
  header.write("SQLite format 3\0", 0, "latin1");
  header.writeUInt16BE(pageSize, 16);
  header.writeUInt32BE(1, 56);
  return Buffer.concat(pages);
}

/** @file CWE-190: a size multiplied past the largest number, against a multiplication that is checked. */
import { numberFromRequest, smallNumber } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

/** Integer overflow, in the languages whose numbers wrap around. */
export const overflow: Weakness = {
  cwe: "CWE-190",
  verbs: ["reserve", "allocate", "prepare", "grow", "size", "plan"],
  keys: ["count", "rows", "entries", "pages", "blocks"],
  otherKeys: ["level", "round", "grade", "year", "rank"],
  value: "int",
  bad: numberFromRequest,
  good: smallNumber,
  needs: [],
  returns: {
    library: {
      c: "char *",
      cpp: "std::unique_ptr<char[]>",
      csharp: "byte[]",
      go: "[]byte",
      java: "ByteBuffer",
      kotlin: "ByteBuffer",
      rust: "Vec<u8>",
      swift: "[UInt8]",
    },
  },
  base: (draw) => String(draw.random.pick([512, 1024, 2048, 4096, 8192, 65536])),
  danger: {
    c: ["malloc($0 * ^1)"],
    cpp: ["std::make_unique<char[]>($0 * ^1u)"],
    csharp: ["new byte[$0 * ^1]"],
    go: ["make([]byte, $0*^1)"],
    java: ["ByteBuffer.allocate($0 * ^1)"],
    kotlin: ["ByteBuffer.allocate($0 * ^1)"],
    rust: ["vec![0u8; $0.wrapping_mul(^1) as usize]"],
    swift: ["[UInt8](repeating: 0, count: Int($0 &* ^1))"],
  },
  safe: {
    c: ["calloc($0, ^1)"],
    cpp: ["std::make_unique<char[]>(std::size_t{$0} * ^1u)"],
    csharp: ["new byte[checked($0 * ^1)]"],
    go: ["make([]byte, uint64($0)*^1)"],
    java: ["ByteBuffer.allocate(Math.multiplyExact($0, ^1))"],
    kotlin: ["ByteBuffer.allocate(Math.multiplyExact($0, ^1))"],
    rust: ['vec![0u8; $0.checked_mul(^1).ok_or("size")? as usize]'],
    swift: ["[UInt8](repeating: 0, count: Int($0) * ^1)"],
  },
  hasChoices: true,
  isPlainHarmless: false,
};

/** @file CWE-787: a write at a place given from outside, past the end of the memory it may use. */
import { numberFromRequest, smallNumber } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

/** Out-of-bounds write, in the languages that let a program leave its memory. */
export const write: Weakness = {
  cwe: "CWE-787",
  verbs: ["mark", "clear", "store", "reset", "patch", "stamp"],
  keys: ["index", "offset", "slot", "position", "place"],
  otherKeys: ["round", "weight", "level", "score", "year"],
  value: "int",
  bad: numberFromRequest,
  good: smallNumber,
  needs: [
    {
      name: "buffer",
      type: {
        library: {
          c: "char *",
          cpp: "std::span<char> ",
          csharp: "IntPtr",
          rust: "&mut [u8; 64]",
          swift: "UnsafeMutablePointer<UInt8>",
        },
      },
    },
  ],
  returns: "void",
  base: () => "",
  danger: {
    c: ["@0[$0] = 0", "memset(@0 + $0, 0, 1)"],
    cpp: ["@0[$0] = 0", "*(@0.data() + $0) = 0"],
    csharp: ["Marshal.WriteByte(@0, (int)$0, 0)"],
    rust: ["unsafe { *@0.get_unchecked_mut($0 as usize) = 0 }"],
    swift: ["@0[Int($0)] = 0", "@0.advanced(by: Int($0)).pointee = 0"],
  },
  hasChoices: true,
  isPlainHarmless: false,
};

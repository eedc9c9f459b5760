/** @file Flat arrays as equal blocks: the entries of a batch, the rows of a mask, the heads of a cache. */

type Numbers = Float32Array | Int32Array | BigInt64Array;
type Constructor<T> = new (length: number) => T;

/** The chosen blocks of `size` elements each, in the order given. */
export function selectBlocks<T extends Numbers>(
  data: T,
  size: number,
  chosen: Iterable<number> & { readonly length: number },
): T {
  const selected = new (data.constructor as Constructor<T>)(size * chosen.length);
  let at = 0;
  for (const block of chosen) {
    copy(data, block * size, selected, at, size);
    at += size;
  }
  return selected;
}

/** Every block of `from` elements at the start of one of `to`; what is new is 0. */
export function widenBlocks<T extends Numbers>(data: T, from: number, to: number): T {
  const blocks = data.length / from;
  const widened = new (data.constructor as Constructor<T>)(blocks * to);
  for (let block = 0; block < blocks; block++) copy(data, block * from, widened, block * to, from);
  return widened;
}

function copy(source: Numbers, from: number, target: Numbers, to: number, size: number): void {
  // both have one element type: they are made by one constructor
  (target as Float32Array).set(source.subarray(from, from + size) as Float32Array, to);
}

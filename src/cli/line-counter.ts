/** @file Where in a text a position is. */

/** Line numbers from 1 of ascending positions. */
export function lineCounter(source: string): (position: number) => number {
  let line = 1;
  let from = 0;
  return (position) => {
    for (let at = source.indexOf("\n", from); at >= 0 && at < position; ) {
      line += 1;
      from = at + 1;
      at = source.indexOf("\n", from);
    }
    return line;
  };
}

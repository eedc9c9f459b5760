/** @file Options that name a model: a folder stays, a name on the hub becomes a folder of the cache. */
import { findModelFolder } from "../hub/index.ts";
import type { Field } from "./fields.ts";
import type { Call } from "./verb.ts";

/** What a fetch may show meanwhile. */
type Display = Pick<Call, "progress" | "warn">;

const bytesPerUnit = 1e6;

/** A progress display of bytes, in MB; started by the first news. */
export function watchFetch({ progress, warn }: Display) {
  let bar: ReturnType<Display["progress"]> | undefined;
  let knownTotal = 0;
  return {
    onWarning: (line: string) => warn(`codet5: ${line}`),
    onProgress: (done: number, total: number) => {
      // shards are known once their index is there
      if (total !== knownTotal) bar?.stop();
      if (bar === undefined || total !== knownTotal) {
        bar = progress({ label: "fetching", total: Math.ceil(total / bytesPerUnit), unit: "MB" });
      }
      knownTotal = total;
      bar.update(Math.ceil(done / bytesPerUnit));
    },
  };
}

/**
 * Replace every option whose field is marked `isModel` by the folder it stands for.
 * @throws DataError `model.folder`, `hub.*`
 */
export async function withModelFolders<Options extends Readonly<Record<string, unknown>>>(
  options: Options,
  fields: readonly Field[],
  display: Display,
): Promise<Options> {
  const resolved: Record<string, unknown> = { ...options };
  for (const { key } of fields) {
    const value = options[key];
    if (typeof value === "string")
      resolved[key] = await findModelFolder(value, watchFetch(display));
  }
  return resolved as Options;
}

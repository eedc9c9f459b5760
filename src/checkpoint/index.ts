export * from "./atomic-folder.ts";
export * from "./checkpoint.ts";
export * from "./checksums.ts";
export type { RawArray, SafetensorsDType } from "./dtype.ts";
export * from "./lock.ts";
export * from "./safetensors.ts";
export { shardFiles } from "./shards.ts";
export { readFloat32, readRaw, readTensor, type StoredTensor } from "./stored-tensor.ts";

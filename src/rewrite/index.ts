/** @file Passes over ONNX models: weights become constants, as they are or in fewer bits. */
export { bindWeights, eightBitWeights } from "./bind-weights.ts";
export { eightBitMemory, type MemoryNames } from "./eight-bit-memory.ts";
export { blockSize, packFourBits } from "./four-bits.ts";
export { fromStorage, type StoredWeight, type WeightUses, weightUses } from "./stored-weights.ts";
export type { Quantization, WeightStore } from "./weight-store.ts";

/** @file Sizes of constants, checked before anything is allocated or read. */
import { DataError } from "../base/index.ts";
import { dtypeBytes, type TensorProto } from "./model.ts";

/** Elements of a constant, 1 for a scalar. @throws DataError `onnx.tensor` past 2^53 */
export function elementsOf(tensor: Pick<TensorProto, "name" | "shape">, where?: string): number {
  let count = 1;
  for (const dimension of tensor.shape) {
    count *= dimension;
    if (dimension < 0 || !Number.isSafeInteger(dimension) || !Number.isSafeInteger(count)) {
      throw tensorError(
        tensor.name,
        "a shape of fewer than 2^53 elements",
        showShape(tensor),
        where,
      );
    }
  }
  return count;
}

/** Bytes of a constant, wherever they lie. @throws DataError `onnx.tensor` past 2^53 */
export function bytesOf(tensor: Omit<TensorProto, "raw">, where?: string): number {
  const bytes = elementsOf(tensor, where) * dtypeBytes[tensor.dtype];
  if (Number.isSafeInteger(bytes)) return bytes;
  throw tensorError(tensor.name, "fewer than 2^53 bytes", showShape(tensor), where);
}

const showShape = ({ shape }: Pick<TensorProto, "shape">) => `[${shape.join(", ")}]`;

/** A constant whose parts disagree. */
export function tensorError(name: string, expected: string, got: string, where = "model") {
  return new DataError("onnx.tensor", "malformed constant", {
    expected,
    got,
    where: `${where}, tensor ${JSON.stringify(name)}`,
  });
}

/** @file Is this machine fit? Node, cores, memory, disk, and an ONNX Runtime that computes. */
import { statfsSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { formatError, RuntimeFailure } from "../base/index.ts";
import { findTorch } from "../engine/index.ts";
import { buildGraph, input, matMul } from "../graph/index.ts";
import { compile, defaultThreads, runtimeInfo } from "../runtime/index.ts";
import { type Check, formatBytes } from "./checks.ts";

const minNodeMajor = 20;
/** Fine-tuning CodeT5's small size in fp32 takes about this much. */
const comfortableBytes = 4e9;
/** A run folder with a few checkpoints of the small size. */
const comfortableDiskBytes = 2e9;

export const machineChecks: readonly Check<undefined>[] = [
  { name: "Node.js", run: checkNode },
  { name: "cores", run: checkCores },
  { name: "memory", run: checkMemory },
  { name: "disk", run: checkDisk },
  { name: "ONNX Runtime", run: checkRuntime },
  { name: "PyTorch", run: checkTorch },
];

function checkNode() {
  const { node } = process.versions;
  const isOld = Number.parseInt(node, 10) < minNodeMajor;
  const detail = `${node} on ${process.platform} ${process.arch}`;
  return isOld ? failed(`${detail}; ${minNodeMajor} or newer is needed`) : detail;
}

function checkCores() {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `${availableParallelism()} (${model}), ${defaultThreads()} threads will be used`;
}

function checkMemory() {
  const limit = process.constrainedMemory();
  // 0 or an absurdly high number mean that there is no limit on this process
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const detail = `${formatBytes(total)}, ${formatBytes(Math.min(freemem(), total))} free`;
  if (total >= comfortableBytes) return detail;
  return warning(`${detail}; training the small size wants ${formatBytes(comfortableBytes)}`);
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(".");
  const detail = `${formatBytes(bavail * bsize)} free in this folder`;
  return bavail * bsize < comfortableDiskBytes ? warning(detail) : detail;
}

async function checkRuntime() {
  const { version, bundled, optional } = runtimeInfo();
  await checkProduct();
  const more = optional.length === 0 ? "" : ` (libraries apart: ${optional.join(", ")})`;
  return `${version} on ${bundled.join(", ")}${more}; a test graph ran`;
}

// proves that the native library loads, compiles and computes
async function checkProduct(): Promise<void> {
  const a = input("a", "float32", [2, 2]);
  const graph = buildGraph({ name: "doctor", inputs: [a], outputs: { square: matMul(a, a) } });
  const session = await compile(graph);
  const { square } = await session.run({
    a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  });
  await session.release();
  const got = [...square!.data].join(" ");
  if (got !== "7 10 15 22") {
    throw new RuntimeFailure("doctor.product", "ONNX Runtime computes wrong numbers", {
      expected: "7 10 15 22",
      got,
    });
  }
}

/** Only `--engine torch` needs it. */
async function checkTorch() {
  try {
    const { torch, python, command, devices, ...has } = await findTorch();
    const places =
      devices.length === 0 ? "no GPU" : `${devices.length} GPUs: ${devices.join(", ")}`;
    const parts = [
      `${torch}, Python ${python} (${command})`,
      places,
      `between processes: ${[has.gloo && "gloo", has.nccl && "nccl"].filter(Boolean).join(", ") || "nothing"}`,
      has.compile ? "torch.compile" : "no torch.compile (torch 2.0)",
      has.fusedAttention ? "fused attention" : "no fused attention (torch 2.0)",
    ];
    return parts.join("; ");
  } catch (error) {
    return warning(`only --engine torch needs it: ${formatError(error)}`);
  }
}

function failed(detail: string) {
  return { status: "failed" as const, detail };
}

function warning(detail: string) {
  return { status: "warning" as const, detail };
}

export * from "./atomic-file.ts";
export * from "./env.ts";
export * from "./errors.ts";
export * from "./json.ts";
export * from "./make-folder.ts";
export * from "./nearest.ts";
export * from "./random.ts";
export * from "./tensor.ts";

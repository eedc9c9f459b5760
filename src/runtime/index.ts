export { type RuntimeInfo, runtimeInfo } from "./backends.ts";
export { type ModelFile, openModelFile } from "./model-file.ts";
export { type CompileOptions, compile, type Device, defaultThreads, Session } from "./session.ts";
export { type RunEvent, watchRuns } from "./watch.ts";

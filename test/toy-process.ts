/** @file The toy verbs as a real process, for tests of signals and closed pipes. */
import { processIo } from "../src/cli/io.ts";
import { runProcess } from "../src/cli/process.ts";
import { toyTable } from "./toy-verbs.ts";

await runProcess(process.argv.slice(2), processIo(), toyTable);

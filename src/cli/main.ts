#!/usr/bin/env node
/** @file The `codet5` command. */
import { processIo } from "./io.ts";
import { runProcess } from "./process.ts";

await runProcess(process.argv.slice(2), processIo());

#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { version } from "./version.ts";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Answered before anything is imported: scripts ask this often.
  process.stdout.write(`claw ${version}\n`);
} else {
  enableCompileCache();
  const { program } = await import("./program.ts");
  process.exitCode = await program(argv);
  // A read of standard input that nobody waits for any more must not keep the process.
  process.stdin.destroy();
}

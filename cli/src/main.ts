#!/usr/bin/env node
import { version } from "./version.ts";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Answered before anything is imported: scripts ask this often.
  process.stdout.write(`claw ${version}\n`);
} else {
  const { keepCompiled } = await import("./compile-cache.ts");
  keepCompiled();
  const { program } = await import("./program.ts");
  // A reader that goes away is no crash; whoever writes next hears of it.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const code = await program(argv);
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0 && !stream.destroyed)
      await new Promise((resolve) => stream.once("drain", resolve).once("error", resolve).once("close", resolve));
  // Ends here whatever an extension left running, and whatever still reads standard input.
  process.exit(code);
}

import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Before the first test of the program: it is built, when its sources have changed since it was. */
export default function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "../../cli/build/main.ts")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`npm run build failed:\n${stderr}`);
}

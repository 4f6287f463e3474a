/** A process of its own that writes a session, for tests that end it. Says on standard output what has been acknowledged. */
import { writeSync } from "node:fs";
import { ClawError } from "@claw/kernel";
import { redactor } from "../src/redact.ts";
import { diskStore } from "../src/store.ts";

const [root = "", id = "", mode = "loop", size = "0"] = process.argv.slice(2);
const store = diskStore({ root, fsync: "never", redact: redactor({}), now: () => Date.now() });
const say = (line: string): void => void writeSync(1, `${line}\n`);

try {
  if (mode === "open" || mode === "hold-open") await store.open(id);
  else await store.create({ seq: 0, at: new Date(0).toISOString(), type: "session", version: 1, id, cwd: "/", workspace: "w", claw: "1.0.0" });
  say("open");
  if (mode === "loop") {
    for (let seq = 1; ; seq += 1) {
      await store.append(id, { seq, at: new Date(seq).toISOString(), type: "note", text: `${seq} ${"x".repeat(Number(size))}`, author: "writer" });
      say(String(seq));
    }
  }
  if (mode === "hold" || mode === "hold-open") await new Promise((resolve) => process.stdin.once("end", resolve).resume());
  store[Symbol.dispose]();
} catch (error) {
  say(ClawError.is(error) ? `${error.code} ${error.message}` : String(error));
}

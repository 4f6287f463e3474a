// A process of its own that asks for a fresh login, or writes the store until it is killed. Arguments: a file, `ask KEY` or `write`.
import { ClawError } from "@claw/kernel";
import { fileTokens } from "../src/token-store.ts";
import { Renewals } from "../src/refresh.ts";

const [path = "", verb = "", key = ""] = process.argv.slice(2);
const store = fileTokens(path);
if (verb === "ask") {
  const log = { info: () => undefined, warn: (line: string) => void process.stderr.write(`${line}\n`) };
  const renewals = new Renewals({ http: { fetch }, store, policy: () => true, now: () => new Date(), log });
  const login = await renewals.fresh("notes", key, undefined, new AbortController().signal);
  process.stdout.write(login?.accessToken ?? "none");
} else {
  process.stdout.write("ready\n");
  try {
    for (let count = 0; ; count += 1) await store.update(`key ${count % 7}`, async () => `${count} ${"x".repeat(20_000)}`);
  } catch (error) {
    process.stdout.write(`${ClawError.is(error) ? `${error.code} ${error.message}` : String(error)}\n`);
  }
}

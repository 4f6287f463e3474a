import { ClawError, type CallScope } from "@claw/kernel";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { sessionStoreConformance, workspaceConformance } from "../conformance/index.ts";
import { fakeClock, fakeHost } from "./fakes.ts";
import { memoryStore } from "./memory-store.ts";
import { plainWorkspace } from "./plain-workspace.ts";
import { realProcesses } from "./real-processes.ts";

sessionStoreConformance("the harness's store in memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "claw-store-"));
  return { store: memoryStore(folder), [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) };
});

workspaceConformance({
  name: "the harness's workspace",
  readsIgnoreFiles: false,
  make: async (files) => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "claw-workspace-")));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return { workspace: plainWorkspace(), root, [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true, force: true }) };
  },
});

/** What a program wrote, by stream, and how it ended. */
async function runOf(
  command: readonly string[],
  options: { readonly input?: Uint8Array; readonly timeoutMs?: number } = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-processes-")));
  const host = fakeHost(folder, fakeClock());
  writeFileSync(join(host.folders.bin, "uname"), "#!/bin/sh\necho from the bin folder\n");
  chmodSync(join(host.folders.bin, "uname"), 0o755);
  const call: CallScope = { session: "s", cwd: folder, roots: [folder], signal };
  try {
    await using running = await realProcesses(host).start(command, options, call);
    const said = { stdout: "", stderr: "" };
    for await (const { stream, bytes } of running.output) said[stream] += Buffer.from(bytes).toString();
    return { ...said, ...(await running.exit) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ended = { code: 0, signal: null, timedOut: false, contained: false };

test("the harness starts real programs, those of claw's own folder first", async () => {
  expect(await runOf(["uname"])).toEqual({ ...ended, stdout: "from the bin folder\n", stderr: "" });
  expect(await runOf(["sh", "-c", "cat; echo oops >&2; exit 3"], { input: Buffer.from("in") })).toEqual({ ...ended, code: 3, stdout: "in", stderr: "oops\n" });
});

test("a program that fills both outputs is read to its end", async () => {
  const { stdout, stderr } = await runOf(["sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"]);
  expect([stdout.length, stderr.length]).toEqual([300_000, 300_000]);
});

test("a program that is not there is told when it is started, and not later", async () => {
  await expect(runOf(["no-such-program"])).rejects.toMatchObject({ code: "PROGRAM_NOT_FOUND" });
});

test("an abort and a time limit end the whole group, and that is no error", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("ctrl-c")), 20);
  expect(await runOf(["sh", "-c", "sleep 60 & sleep 60"], {}, controller.signal)).toEqual({ ...ended, code: null, signal: "SIGKILL", stdout: "", stderr: "" });
  expect(await runOf(["sh", "-c", "sleep 60 & sleep 60"], { timeoutMs: 20 })).toEqual({
    ...ended,
    code: null,
    signal: "SIGKILL",
    timedOut: true,
    stdout: "",
    stderr: "",
  });
  const reason = new Error("before");
  expect(await runOf(["sh"], {}, AbortSignal.abort(reason)).catch((error: unknown) => ClawError.is(error) || error)).toBe(reason);
});

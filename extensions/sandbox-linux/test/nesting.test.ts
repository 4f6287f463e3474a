import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SandboxStatus } from "@claw/kernel";
import { afterAll, expect, test } from "vitest";
import { findLandlock } from "../src/landlock.ts";
import { openWorld } from "./world.ts";

const run = promisify(execFile);
const world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
afterAll(() => world[Symbol.dispose]());
const [work, state] = [world.make(join(world.home, "work/")), world.make(join(world.home, "../state/"))];
const script = [process.execPath, "--conditions=claw-source", fileURLToPath(new URL("probe-process.ts", import.meta.url)), world.home, state, work];
const base = ["/usr/bin/bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-user", "--unshare-pid", "--proc", "/proc"];

interface Found {
  readonly status: SandboxStatus;
  readonly run: unknown;
}

/** What a claw finds that itself runs inside a wall of somebody's. */
async function within(wall: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Found> {
  const [file = "", ...args] = [...wall, ...script];
  const { stdout } = await run(file, args, { env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, NODE_NO_WARNINGS: "1", ...environment } });
  return JSON.parse(stdout) as Found;
}

test("without a wall around it, the whole one is put up, whatever signs of a container somebody has planted", async () => {
  const found = await within([], { container: "docker", KUBERNETES_SERVICE_HOST: "10.0.0.1", CLAW_SANDBOX: "1" });
  expect(found).toMatchObject({ status: { state: "active", backend: "bwrap", procMasked: true, reasons: [] }, run: { backend: "bwrap", code: 1 } });
});

test.each([
  ["another wall", base],
  ["one whose settings of the kernel cannot be written, as a container's", [...base, "--ro-bind", "/proc/sys", "/proc/sys"]],
])("inside %s, a wall without a /proc of its own is put up, and said so", async (_what, wall) => {
  const found = await within(wall);
  expect(found.status).toMatchObject({ state: "active", backend: "bwrap-nested", procMasked: false, nesting: { initialUserNamespace: false } });
  expect(found.status.reasons.map(({ code }) => code)).toEqual(["PROC_REFUSED", "PROC_SHARED"]);
  expect(found.run).toMatchObject({ backend: "bwrap-nested", code: 1, output: expect.stringMatching(/^inside\n.*Read-only file system\n$/) });
});

test.each([{}, { CLAW_SANDBOX: "1" }])(
  "inside one that lets no namespaces be made, no more than Landlock is claimed, and what needs a wall does not start: %j",
  async (environment) => {
    const { status, run: ended } = await within([...base, "--disable-userns"], environment);
    const isThere = (await findLandlock()) !== undefined;
    expect(status).toMatchObject({ state: isThere ? "degraded" : "unavailable", backend: isThere ? "landlock" : "none", nesting: { probe: { ok: false } } });
    expect(status.reasons.map(({ code }) => code)).toEqual(["NAMESPACES_SPENT", ...(isThere ? ["LANDLOCK_ONLY"] : [])]);
    expect(ended).toBe("SANDBOX_REQUIRED");
  },
);

test("nothing got out", () => {
  expect(() => readFileSync("/etc/claw-planted")).toThrow("ENOENT");
});

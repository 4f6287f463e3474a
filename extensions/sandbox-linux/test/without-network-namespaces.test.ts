import { execFile } from "node:child_process";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SandboxStatus } from "@claw/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "./world.ts";

const run = promisify(execFile);

interface Found {
  readonly status: SandboxStatus;
  readonly required: string;
  readonly ended: Readonly<Record<string, { readonly code: number | null; readonly output: string; readonly backend?: string }>>;
}

/** A machine on which this kernel lets nobody make a network namespace, as some containers and profiles of AppArmor do. */
describe("where no network namespace is to be had", () => {
  let world: World;
  let server: Server;
  let found: Found;

  beforeAll(async () => {
    world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
    const [work, state] = [world.make(join(world.home, "work/")), world.make(join(world.home, "../state/"))];
    server = createServer((socket) => socket.end("reached"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const script = fileURLToPath(new URL("offline-process.ts", import.meta.url));
    const refusing = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const { stdout } = await run(
      "/usr/bin/unshare",
      ["--user", "--map-root-user", "/bin/sh", "-c", refusing, "refusing", process.execPath, "--conditions=claw-source", script, world.home, state, work, port],
      { env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, NODE_NO_WARNINGS: "1" } },
    );
    found = JSON.parse(stdout) as Found;
  }, 30_000);
  afterAll(() => {
    server.close();
    world[Symbol.dispose]();
  });

  test("the status says so, and claims no more than a part of the wall", () => {
    expect(found.status).toMatchObject({ state: "degraded", backend: "bwrap", namespaces: { net: false, pid: true }, network: { mode: "none", allowed: [] } });
    expect(found.status.reasons.map(({ code }) => code)).toContain("NETWORK_SHARED");
    expect(found.status.nesting.probe).toMatchObject({ ok: true, stage: "no-net-ns", stderr: expect.stringMatching(/namespace/) as unknown });
  });

  test("what may run only behind the wall does not start", () => {
    expect(found.required).toBe("SANDBOX_REQUIRED");
  });

  test.each(["without hosts", "with an allowed host", "with every host of this machine"])("a program %s reaches nothing, not even this machine", (kind) => {
    expect(found.ended[kind]).toMatchObject({ backend: "bwrap", output: expect.stringContaining("Address family not supported") as unknown });
    expect(found.ended[kind]?.output).not.toContain("reached");
  });

  test("one whose wall of the network the person took away reaches what is there", () => {
    expect(found.ended["with any host"]?.output).toBe("reached");
  });

  test("files outside are out of reach as ever", () => {
    expect(found.ended["writing outside"]?.output).toMatch(/^inside\n.*Read-only file system\n$/);
  });
});

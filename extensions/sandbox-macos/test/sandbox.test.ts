import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { ClawError, SandboxService, type SandboxPolicy, type SandboxStatus } from "@claw/kernel";
import { load } from "@claw/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { createSandbox, type SandboxFacts } from "../src/sandbox.ts";

const { signal } = new AbortController();
let base = "";
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "claw-macos-")));
  for (const name of ["home", "home/project", "tmp", "config", "data", "state", "cache", "bin"]) mkdirSync(join(base, name));
});
afterEach(() => rmSync(base, { recursive: true }));

/** Stands where macOS has its own: starts what is behind `--` without any wall, or refuses as macOS does inside of one. */
function standIn(text: string): string {
  const file = join(mkdtempSync(join(base, "stand-in-")), "sandbox-exec");
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}
const THROUGH = 'while [ "$1" != "--" ]; do shift; done; shift; exec "$@"';
/** Of the probe, keeps the write outside from happening, as a wall does. */
const WALLED = `case "$*" in *"exit 9"*) exit 0;; esac; ${THROUGH}`;
const REFUSING = 'echo "sandbox-exec: sandbox_apply: Operation not permitted" >&2; exit 71';

const facts = (sandboxExec: string, config: Partial<SandboxFacts["config"]> = {}, environment: Readonly<Record<string, string>> = {}): SandboxFacts => ({
  config: { mode: "workspace-only", required: false, hosts: [], writable: [], allow: [], strict: false, debug: false, ...config },
  host: {
    folders: {
      config: join(base, "config"),
      data: join(base, "data"),
      state: join(base, "state"),
      cache: join(base, "cache"),
      home: join(base, "home"),
      bin: join(base, "bin"),
    },
    environment,
    now: () => new Date(0),
  },
  log: { info: () => undefined },
  platform: "darwin",
  release: "25.0.0",
  sandboxExec,
  temporary: join(base, "tmp"),
});
const policy = (contained: Partial<SandboxPolicy["contained"]> = {}, more: Partial<SandboxPolicy> = {}): SandboxPolicy => ({
  cwd: join(base, "home/project"),
  roots: [join(base, "home/project")],
  hidden: [],
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: false, ...contained },
  environment: { PATH: "/usr/bin:/bin", SSH_AUTH_SOCK: "/tmp/agent", HTTPS_PROXY: "http://user:password@proxy.test", KEPT: "1" },
  ...more,
});

describe("the service", () => {
  test.runIf(process.platform === "darwin")("stands on macOS", async () => {
    await using claw = await load(extension);
    expect((await claw.service(SandboxService).status(signal)).state).toBe("active");
  });

  test.runIf(process.platform !== "darwin")("is for macOS alone: elsewhere no plan has it", async () => {
    await expect(load(extension)).rejects.toThrow("claw/sandbox-macos is not in the plan");
  });

  test("says what the probe showed, and only that", async () => {
    const status = await createSandbox(facts(standIn(WALLED), { hosts: ["a.test"] })).status(signal);
    expect(status).toEqual({
      state: "active",
      backend: "seatbelt",
      required: false,
      fs: {
        mode: "workspace-only",
        writable: [],
        hidden: expect.arrayContaining(["/Users", join(base, "home")]),
        protected: expect.arrayContaining([".claw", ".git/hooks"]),
      },
      namespaces: { user: false, pid: false, ipc: false, uts: false, net: false, cgroup: false },
      procMasked: false,
      network: { mode: "proxy", allowed: ["a.test"] },
      seccomp: "none",
      noNewPrivs: false,
      envFiltered: true,
      nesting: { markers: [], initialUserNamespace: true, probe: { ok: true, stage: "done", stderr: "", ms: expect.any(Number) } },
      reasons: [],
      version: { kernel: "25.0.0" },
      since: "1970-01-01T00:00:00.000Z",
    } satisfies SandboxStatus);
    expect(readdirSync(join(base, "tmp"))).toEqual([]);
  });

  test.each<readonly [string, string, string]>([
    ["does not hold", THROUGH, "leaks"],
    ["is refused", REFUSING, "refused"],
    ["does not let a program write in its own folder", "exit 8", "refused"],
  ])("counts no wall that %s", async (_name, script, code) => {
    const status = await createSandbox(facts(standIn(script))).status(signal);
    expect([status.state, status.backend, status.network.mode, status.reasons[0]?.code]).toEqual(["unavailable", "none", "open", code]);
  });

  test("is unavailable where there is no sandbox-exec, and on another system", async () => {
    expect((await createSandbox(facts("/nowhere/sandbox-exec")).status(signal)).reasons[0]?.code).toBe("absent");
    const linux = await createSandbox({ ...facts(standIn(WALLED)), platform: "linux" }).status(signal);
    expect([linux.state, linux.reasons[0]?.code, linux.nesting.probe.stage]).toEqual(["unavailable", "platform", "not tried"]);
  });

  test("believes that it is inside a wall of ours only if one can be put up no more, and a variable says so", async () => {
    const states = await Promise.all(
      [
        facts(standIn(REFUSING), {}, { CLAW_SANDBOX: "workspace-only" }),
        facts("/nowhere", {}, { CLAW_SANDBOX: "workspace-only" }),
        facts(standIn(REFUSING)),
      ].map((each) => createSandbox(each).status(signal)),
    );
    expect(states.map(({ state }) => state)).toEqual(["inherited", "unavailable", "unavailable"]);
  });
});

describe("a launch", () => {
  test("runs the program with an environment that leads nowhere, and leaves nothing", async () => {
    writeFileSync(join(base, "home/.gitconfig"), "[user]\n\tname = A B\n\temail = a@b.test\n[alias]\n\tx = !sh\n[credential]\n\thelper = osxkeychain\n");
    const launch = await createSandbox(facts(standIn(WALLED))).prepare(["/bin/sh", "-c", 'env; cat "$GIT_CONFIG_GLOBAL"'], policy(), signal);
    const [file = "", ...args] = launch?.command ?? [];
    const { stdout } = await promisify(execFile)(file, args, { env: launch?.environment, cwd: launch?.cwd });
    expect(stdout).toMatch(/^KEPT=1$/m);
    expect(stdout).toMatch(/^CLAW_SANDBOX=workspace-only$/m);
    expect(stdout).not.toMatch(/SSH_AUTH_SOCK|password|osxkeychain|alias/);
    expect(stdout.endsWith("[user]\n\tname = A B\n\temail = a@b.test\n")).toBe(true);
    expect(existsSync(launch?.environment["TMPDIR"] ?? "")).toBe(true);
    await launch?.[Symbol.asyncDispose]();
    expect(readdirSync(join(base, "tmp"))).toEqual([]);
  });

  test("reaches allowed hosts through a proxy that lives as long as it", async () => {
    const server = createServer((_request, response) => void response.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const launch = await createSandbox(facts(standIn(WALLED), { hosts: [`127.0.0.1:${port}`] })).prepare(
      ["curl", "--noproxy", "", "-sS", `http://127.0.0.1:${port}`, "http://evil.test"],
      policy(),
      signal,
    );
    const [file = "", ...args] = launch?.command ?? [];
    const child = spawn(file, args, { env: launch?.environment });
    const chunks: string[] = [];
    child.stdout.on("data", (bytes: Buffer) => chunks.push(String(bytes)));
    await once(child, "close");
    expect(chunks.join("")).toBe("helloclaw: evil.test is not an allowed host\n");
    expect(launch?.denials()).toEqual([{ type: "host", what: "evil.test:80", why: "evil.test is not an allowed host" }]);
    expect(args[1]).toMatch(/\(allow network-outbound\n {2}\(remote ip "localhost:\d+"\)\)/);
    await launch?.[Symbol.asyncDispose]();
    server.close();
  });

  test("has real paths in its profile: seatbelt sees where a link leads", async () => {
    symlinkSync(join(base, "home/project"), join(base, "link"));
    const launch = await createSandbox(facts(standIn(WALLED))).prepare(
      ["true"],
      policy({}, { roots: [join(base, "link"), join(base, "link/not/yet")] }),
      signal,
    );
    expect(launch?.command).toEqual(expect.arrayContaining([`ROOT_0=${join(base, "home/project")}`, `ROOT_1=${join(base, "home/project/not/yet")}`]));
    await launch?.[Symbol.asyncDispose]();
  });

  test("is refused, and nothing is left of it, where a path or a host cannot be kept", async () => {
    const sandbox = createSandbox(facts(standIn(WALLED)));
    for (const wrong of [policy({ writable: ["/a\nb"] }), policy({ readable: ["relative"] }), policy({ hosts: ["a b"] }), policy({}, { roots: ["/a\0b"] })]) {
      const failure = await sandbox.prepare(["true"], wrong, signal).catch((error: unknown) => error);
      expect(ClawError.is(failure, "SANDBOX_FAILED")).toBe(true);
    }
    expect(readdirSync(join(base, "tmp"))).toEqual([]);
  });

  test("without a wall there is none, unless one is required", async () => {
    const sandbox = createSandbox(facts(standIn(REFUSING)));
    expect(await sandbox.prepare(["true"], policy(), signal)).toBeUndefined();
    const required = [
      sandbox.prepare(["true"], policy({ required: true }), signal),
      createSandbox(facts(standIn(REFUSING), { required: true })).prepare(["true"], policy(), signal),
    ];
    const turnedOff = createSandbox(facts(standIn(WALLED))).prepare(["true"], policy({ required: true }, { mode: "off" }), signal);
    for (const failure of await Promise.all([...required, turnedOff].map((each) => each?.catch((error: unknown) => error))))
      expect(ClawError.is(failure, "SANDBOX_REQUIRED")).toBe(true);
  });
});

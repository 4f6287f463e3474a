import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ClawError, type SandboxStatus } from "@claw/kernel";
import { load } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { readSandboxWords } from "../src/sandbox-words.ts";
import { noneStatus, statusCode, statusView } from "../src/sandbox-view.ts";
import { plainWall } from "./plain-wall.ts";

const words = (...argv: readonly string[]) => readSandboxWords({ argv, cwd: "/w", json: false });
const usageOf = (...argv: readonly string[]): string => {
  try {
    words(...argv);
  } catch (error) {
    if (ClawError.is(error, "USAGE")) return error.message;
  }
  return "understood";
};

describe("the words after claw sandbox", () => {
  test("ask for the status, or for a program", () => {
    expect(words("status")).toEqual({ type: "status", json: false });
    expect(words("status", "--json")).toEqual({ type: "status", json: true });
    expect(words("exec", "--", "ls", "--mode", "off", "--")).toEqual({ type: "exec", command: ["ls", "--mode", "off", "--"], paths: [], hosts: [] });
    expect(words("exec", "--mode", "allow-list", "--allow", "a/../b", "--allow=/c", "--net", "Registry.npmjs.org", "--net=*.x.org:8443", "--", "true")).toEqual(
      {
        type: "exec",
        command: ["true"],
        mode: "allow-list",
        paths: ["/w/b", "/c"],
        hosts: ["registry.npmjs.org", "*.x.org:8443"],
      },
    );
    expect(words("exec", "--net", "any", "--", "true")).toMatchObject({ hosts: "any" });
  });

  test.each([
    [[], "sandbox needs a word after it: status or exec"],
    [["run"], 'sandbox has no "run"'],
    [["exec"], "sandbox exec needs a command after --"],
    [["exec", "--"], "sandbox exec needs a command after --"],
    [["exec", "ls"], 'sandbox does not know what to do with "ls"'],
    [["exec", "--mode", "none", "--", "ls"], '--mode takes off, workspace-only, allow-list, not "none"'],
    [["exec", "--allow", "", "--", "ls"], "--allow takes a path"],
    [["exec", "--net", "http://x.org/", "--", "ls"], '--net takes a host such as registry.npmjs.org, *.example.com or host:port, or any, not "http://x.org/"'],
    [["exec", "--net", "a\0.org", "--", "ls"], '--net takes a host such as registry.npmjs.org, *.example.com or host:port, or any, not "a\\u0000.org"'],
    [["exec", "--ro", "--", "ls"], "sandbox: Unknown option '--ro'"],
    [["status", "--mode", "off"], "sandbox status takes no --mode"],
    [["status", "--", "ls"], "sandbox status takes no command"],
  ])("%j are refused", (argv, message) => {
    expect(usageOf(...argv)).toBe(message);
  });
});

const active: SandboxStatus = {
  ...noneStatus("linux", "6.1", new Date(0)),
  state: "active",
  backend: "bwrap",
  fs: { mode: "workspace-only", writable: ["/w"], hidden: ["/home"], protected: [] },
  namespaces: { user: true, pid: true, ipc: true, uts: true, net: true, cgroup: false },
  network: { mode: "proxy", allowed: ["example.com"] },
  nesting: { markers: ["/.dockerenv"], initialUserNamespace: true, probe: { ok: true, stage: "done", stderr: "", ms: 8 } },
  reasons: [],
  version: { kernel: "6.1", bwrap: "0.8.0" },
};

describe("claw sandbox status", () => {
  test("shows nothing but what the probe showed, in words or as it is", async () => {
    await using claw = await load(extension, { services: { sandbox: { ...plainWall(), status: async () => active } } });
    const { code, shown } = await claw.command("sandbox", ["status"]);
    expect(code).toBe(0);
    expect(shown).toEqual(statusView(active));
    const rows = shown[0]?.type === "table" ? Object.fromEntries(shown[0].rows) : {};
    expect(rows).toMatchObject({
      kind: "bwrap, bubblewrap 0.8.0, kernel 6.1",
      apart: "user, pid, ipc, uts, net",
      network: "through a proxy that lets listed hosts pass: example.com",
      "signs of a container": "/.dockerenv",
    });
    const { emitted, shown: none } = await claw.command("sandbox", ["status"], { json: true });
    expect([emitted, none]).toEqual([[active], []]);
  });

  test("says that names which are not there are seen inside, where they are", () => {
    const seen = (backend: SandboxStatus["backend"]): boolean => JSON.stringify(statusView({ ...active, backend })).includes("seen inside");
    expect([seen("bwrap"), seen("bwrap-nested"), seen("landlock"), seen("seatbelt"), seen("none")]).toEqual([true, true, false, false, false]);
  });

  test("says that there is none, why, and what would help", async () => {
    await using claw = await load(extension);
    const { code, shown } = await claw.command("sandbox", ["status"]);
    expect(code).toBe(1);
    expect(shown.at(-1)).toEqual({
      type: "status",
      level: "warning",
      text: `no extension in use provides a sandbox for ${process.platform}; use a profile that has one, or treat every command as if it had your own rights`,
    });
    expect((await claw.command("sandbox", ["status"], { json: true })).emitted).toMatchObject([{ state: "unavailable", backend: "none" }]);
  });

  test("fails where there is no wall, or part of one", () => {
    expect((["active", "inherited", "off", "degraded", "unavailable"] as const).map(statusCode)).toEqual([0, 0, 0, 1, 1]);
  });
});

describe("claw sandbox exec", () => {
  test("asks for a wall with what was allowed, and for none when told so", async () => {
    const wall = plainWall();
    await using claw = await load(extension, { services: { sandbox: wall } });
    expect((await claw.command("sandbox", ["exec", "--allow", "x", "--net", "a.org", "--", "true"])).code).toBe(0);
    expect((await claw.command("sandbox", ["exec", "--mode", "off", "--", "false"])).code).toBe(1);
    const path = join(claw.cwd, "x");
    expect(wall.policies.map(({ contained, mode, cwd, roots }) => ({ contained, mode, cwd, roots }))).toEqual([
      { contained: { type: "contained", hosts: ["a.org"], writable: [path], readable: [path], required: true }, cwd: claw.cwd, roots: [claw.cwd] },
      { contained: { type: "contained", hosts: [], writable: [], readable: [], required: false }, mode: "off", cwd: claw.cwd, roots: [claw.cwd] },
    ]);
  });

  test("never runs outside where there is no sandbox, unless told so", async () => {
    await using claw = await load(extension);
    const refused: unknown = await claw.command("sandbox", ["exec", "--", "touch", "made"]).catch((error: unknown) => error);
    expect(ClawError.is(refused, "SANDBOX_REQUIRED")).toBe(true);
    expect((await claw.command("sandbox", ["exec", "--mode", "off", "--", "test", "-e", "made"])).code).toBe(1);
  });

  test("answers as the program did", async () => {
    await using claw = await load(extension, { services: { sandbox: plainWall() } });
    expect((await claw.command("sandbox", ["exec", "--", "sh", "-c", "exit 7"])).code).toBe(7);
    expect((await claw.command("sandbox", ["exec", "--", "sh", "-c", "kill -TERM $$"])).code).toBe(143);
  });

  test("gives the program claw's own streams and group, and ends with it", () => {
    const at = (path: string): string => JSON.stringify(join(import.meta.dirname, path));
    const script = `
      import { createProcesses } from ${at("../src/start.ts")};
      import { createPipes } from ${at("../src/pipes.ts")};
      import { createWatchdog } from ${at("../src/watchdog.ts")};
      import { plainWall } from ${at("plain-wall.ts")};
      const processes = createProcesses({ variables: {}, folders: ["/usr/bin", "/bin"], platform: process.platform, pipes: createPipes(undefined, ""), watchdog: createWatchdog("/bin/sh"), sandbox: plainWall(), workspace: undefined });
      const call = { session: "s", cwd: "/", roots: ["/"], signal: new AbortController().signal };
      const group = (pid) => (process.getBuiltinModule("node:fs").readFileSync("/proc/" + pid + "/stat", "utf8").split(" ")[4]);
      await using running = await processes.start(["sh", "-c", "cat; echo err >&2; sleep 0.2; exit 3"], { inherit: true, merged: true }, call);
      const same = group(running.pid) === group(process.pid);
      for await (const chunk of running.output) throw new Error("nothing is read here");
      const { code, leftBehind } = await running.exit;
      process.exitCode = same && leftBehind === false ? code : 99;
    `;
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--conditions=claw-source", "--input-type=module-typescript", "-e", script], {
      encoding: "utf8",
      cwd: import.meta.dirname,
      input: "through and through\n",
    });
    expect([stdout, stderr.replace(/.*warning.*\n/gi, ""), status]).toEqual(["through and through\n", "err\n", 3]);
  });
});

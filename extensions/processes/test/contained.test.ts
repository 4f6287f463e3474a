import { existsSync, mkdirSync, openSync, closeSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type Contained, type StartOptions } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { plainWall } from "./plain-wall.ts";
import { failureOf, settingOf } from "./setting.ts";

const asked: Contained = { type: "contained", hosts: ["example.com"], writable: ["/opt/x"], readable: [], required: true };
const nothing: Contained = { type: "contained", hosts: [], writable: [], readable: [], required: false };

describe("what a program is kept in", () => {
  test("is a wall with no way to any host, unless its call or its starter says otherwise", async () => {
    const wall = plainWall();
    await using at = settingOf(wall);
    await at.run(["true"]);
    await at.run(["true"], {}, { containment: asked });
    await at.run(["true"], { containment: nothing }, { containment: { type: "free" } });
    expect(wall.policies.map(({ contained }) => contained)).toEqual([nothing, asked, nothing]);
  });

  test("is nothing for what the person asked to run free, and for claw's own programs", async () => {
    const wall = plainWall();
    await using at = settingOf(wall);
    expect((await at.run(["true"], {}, { containment: { type: "free" } })).exit.contained).toBe(false);
    expect((await at.run(["true"], { own: true }, { containment: asked })).exit).toMatchObject({ contained: false });
    expect((await at.run(["true"], { containment: { type: "free" } }, { containment: asked })).exit.contained).toBe(false);
    expect(wall.policies).toEqual([]);
  });

  test("is nothing for nobody but claw's own programs where everything must have a wall, unless claw is behind one", async () => {
    await using at = settingOf(plainWall({ required: true }));
    const free = { containment: { type: "free" } } as const;
    expect(await failureOf(at.run(["touch", "made"], {}, free))).toMatch(/^SANDBOX_REQUIRED: this would run outside/);
    expect(await failureOf(at.run(["touch", "made"], free))).toMatch(/^SANDBOX_REQUIRED/);
    expect(existsSync(join(at.cwd, "made"))).toBe(false);
    expect((await at.run(["true"], { own: true }, free)).exit.contained).toBe(false);
    await using within = settingOf(plainWall({ required: true, state: "inherited" }));
    expect((await within.run(["true"], {}, free)).exit.contained).toBe(false);
  });

  test("is told folders by their real paths, the clean environment, and what must not be seen", async () => {
    const wall = plainWall();
    await using at = settingOf(wall, { ignored: async (call) => [join(call.roots[0] ?? "", "secrets")] });
    mkdirSync(join(at.cwd, "real/below"), { recursive: true });
    symlinkSync("real", join(at.cwd, "alias"));
    const roots = [join(at.cwd, "alias"), join(at.cwd, "real"), join(at.cwd, "gone")];
    await at.run(["true"], { cwd: join(at.cwd, "alias/below"), env: { EXTRA: "1" }, mode: "allow-list" }, { roots, scratch: join(at.cwd, "alias") });
    expect(wall.policies).toEqual([
      {
        cwd: join(at.cwd, "real/below"),
        roots: [join(at.cwd, "real")],
        scratch: join(at.cwd, "real"),
        hidden: [join(at.cwd, "alias/secrets")],
        contained: nothing,
        mode: "allow-list",
        environment: expect.objectContaining({ EXTRA: "1", PATH: "/usr/local/bin:/usr/bin:/bin", GIT_CONFIG_COUNT: "3" }),
      },
    ]);
  });

  test("is told what rules deny it, beside what must not be seen", async () => {
    const wall = plainWall();
    await using at = settingOf(wall, { ignored: async () => ["/w/ignored"] });
    await at.run(["true"], {}, { containment: { ...asked, denied: { read: ["/w/keys"], write: ["/w/src"] } } });
    await at.run(["true"], {}, { containment: { ...asked, onlyReads: true } });
    await at.run(["true"], {}, { containment: asked });
    expect(wall.policies).toMatchObject([
      { hidden: ["/w/ignored", "/w/keys"], unwritable: ["/w/src"] },
      { hidden: ["/w/ignored"], unwritable: [at.cwd] },
      { hidden: ["/w/ignored"] },
    ]);
    expect(wall.policies[2]).not.toHaveProperty("unwritable");
  });

  test("is none of its own where there is no sandbox, unless one is required", async () => {
    await using at = settingOf(undefined, { ignored: () => Promise.reject(new Error("not asked for")) });
    expect((await at.run(["echo", "here"])).exit).toEqual({ code: 0, signal: null, timedOut: false, contained: false, leftBehind: false });
    const error: unknown = await at.run(["touch", "made"], {}, { containment: asked }).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error, "SANDBOX_REQUIRED") && [error.message, error.data.reasons.length]).toEqual([
      `this may run only inside a sandbox, and this claw has none for ${process.platform}`,
      1,
    ]);
    expect(existsSync(join(at.cwd, "made"))).toBe(false);
  });

  test("is left where the sandbox itself has none to give", async () => {
    const wall = plainWall();
    await using at = settingOf({ ...wall, prepare: async () => undefined });
    expect((await at.run(["echo", "here"])).exit.contained).toBe(false);
  });

  test("is not started when a wall, or what must not be seen, fails", async () => {
    const refusal = new ClawError("PATH_TOO_LARGE", "too many", { path: "/", bytes: 1, maxBytes: 0 });
    await using blind = settingOf(plainWall(), { ignored: () => Promise.reject(refusal) });
    expect(await failureOf(blind.run(["touch", "made"]))).toBe("PATH_TOO_LARGE: too many");
    await using walled = settingOf({ ...plainWall(), prepare: () => Promise.reject(new ClawError("SANDBOX_FAILED", "no", { stage: "policy" })) });
    expect(await failureOf(walled.run(["touch", "made"]))).toBe("SANDBOX_FAILED: no");
    for (const { cwd } of [blind, walled]) expect(existsSync(join(cwd, "made"))).toBe(false);
  });
});

describe("a program behind a wall", () => {
  test("says so at its end, with what was refused it", async () => {
    const denials = [{ type: "host" as const, what: "example.com", why: "not listed" }];
    await using at = settingOf(plainWall({ backend: "bwrap", denials }));
    expect((await at.run(["sh", "-c", "exit 3"])).exit).toEqual({
      code: 3,
      signal: null,
      timedOut: false,
      contained: true,
      backend: "bwrap",
      denials,
      leftBehind: false,
    });
  });

  test("is given the wall's descriptors as 3, 4 and so on", async () => {
    const file = openSync(import.meta.filename, "r");
    try {
      await using at = settingOf(plainWall({ descriptors: [file, file] }));
      expect((await at.run(["head", "-c", "6", "/dev/fd/4"])).text).toBe("import");
      expect((await at.run(["head", "-c", "6", "/dev/fd/3"], { merged: true })).text).toBe("import");
    } finally {
      closeSync(file);
    }
  });

  test.each<[string, StartOptions, readonly string[]]>([
    ["ends by itself", {}, ["true"]],
    ["runs out of time", { timeoutMs: 20 }, ["sleep", "30"]],
    ["leaves somebody behind", {}, ["sh", "-c", "sleep 30 >/dev/null 2>&1 &"]],
    ["cannot be started", { input: Buffer.from("x") }, ["x".repeat(10), ...Array.from({ length: 40 }, () => "y".repeat(120_000))]],
  ])("that %s has its wall taken down once", async (_, options, command) => {
    const wall = plainWall(command[0] === "xxxxxxxxxx" ? { front: ["/usr/bin/env"] } : {});
    await using at = settingOf(wall);
    if (command[0] === "xxxxxxxxxx") writeFileSync(join(at.cwd, "xxxxxxxxxx"), "", { mode: 0o755 });
    const named = command[0] === "xxxxxxxxxx" ? ["./xxxxxxxxxx", ...command.slice(1)] : command;
    await at.run(named, options).catch((error: unknown) => (ClawError.is(error, "PROGRAM_NOT_STARTED") ? undefined : Promise.reject(error as Error)));
    expect([wall.policies.length, wall.ended()]).toEqual([1, 1]);
  });

  test("is not started when its call ends while the wall is put up", async () => {
    const wall = plainWall();
    const abort = new AbortController();
    await using at = settingOf({
      ...wall,
      async prepare(command, policy, signal) {
        abort.abort(new Error("over"));
        return wall.prepare(command, policy, signal);
      },
    });
    await expect(at.run(["touch", "made"], {}, { signal: abort.signal })).rejects.toThrow("over");
    expect([existsSync(join(at.cwd, "made")), wall.ended()]).toEqual([false, 1]);
  });
});

describe("a wall that could not be put up", () => {
  const broken = ["/bin/sh", "-c", 'echo "bwrap: Can\'t find source path /x: No such file or directory" >&2; exit 1', "sh"];

  test.each([[{}], [{ merged: true }]])("fails the program, which never ran outside of it (%j)", async (options) => {
    const wall = plainWall({ front: broken, backend: "bwrap" });
    await using at = settingOf(wall);
    expect(await failureOf(at.run(["touch", "made"], options))).toBe(
      "SANDBOX_FAILED: the sandbox could not be put up, and nothing was run: bwrap: Can't find source path /x: No such file or directory",
    );
    expect(existsSync(join(at.cwd, "made"))).toBe(false);
    // The program and the one that does nothing, by the same policy.
    expect(wall.policies).toHaveLength(2);
    expect(wall.policies[1]).toEqual(wall.policies[0]);
    expect(wall.ended()).toBe(2);
  });

  test("is told from a program that says the same", async () => {
    const wall = plainWall({ backend: "bwrap" });
    await using at = settingOf(wall);
    const { text, exit } = await at.run(["sh", "-c", "echo 'bwrap: not really' >&2; exit 1"]);
    expect([text, exit.code, exit.contained]).toEqual(["bwrap: not really\n", 1, true]);
    expect([wall.policies.length, wall.ended()]).toEqual([2, 2]);
  });

  test.each(["exit 2", "echo more; exit 1", "echo >&2; exit 1", "exit 1"])(
    "is not looked for after more than its one line, or another status (%s)",
    async (rest) => {
      const wall = plainWall({ backend: "bwrap" });
      await using at = settingOf(wall);
      await at.run(["sh", "-c", `${rest.includes("echo") || rest === "exit 2" ? "echo 'bwrap: no' >&2; " : ""}${rest}`], { merged: true });
      expect(wall.policies).toHaveLength(1);
    },
  );

  test("names a program that is not there inside", async () => {
    const hidden = ["/bin/sh", "-c", 'echo "bwrap: execvp $1: No such file or directory" >&2; exit 1', "sh"];
    await using at = settingOf(plainWall({ front: hidden, backend: "bwrap" }));
    expect(await failureOf(at.run(["touch", "made"]))).toMatch(/^SANDBOX_FAILED: \S+\/touch cannot be run inside the sandbox: No such file or directory$/);
  });

  test("that nobody asks about is no crash", async () => {
    const wall = plainWall({ front: broken, backend: "bwrap" });
    await using at = settingOf(wall);
    const running = await at.processes.start(["true"], {}, at.call);
    while (wall.ended() < 2) await delay(5);
    await running[Symbol.asyncDispose]();
    await expect(running.exit).rejects.toMatchObject({ code: "SANDBOX_FAILED" });
  });
});

import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { ClawError, type SandboxPolicy, type SandboxStatus } from "@claw/kernel";
import { describe, expect, test } from "vitest";

/** How a program that a sandbox prepared ended, after what was put up for it was taken down. */
export interface SandboxRun {
  /** Undefined where it was started without a wall. */
  readonly backend: string | undefined;
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** A machine with a sandbox that can put up its whole wall, and the person who uses it. Nothing of it outlives its disposal. */
export interface SandboxSetting extends AsyncDisposable {
  status(): Promise<SandboxStatus>;
  /** Prepares, starts with nothing but what the launch says, waits, disposes. */
  run(command: readonly string[], policy: SandboxPolicy): Promise<SandboxRun>;
  /** Folders of the person's: the home folder, and one that anybody could read, outside of everything that is hidden. */
  readonly home: string;
  readonly outside: string;
  /** Makes folders and files as the person; an ending slash makes a folder. */
  make(path: string, text?: string): string;
}

export interface SandboxSubject {
  readonly name: string;
  open(): Promise<SandboxSetting>;
}

const states = ["active", "degraded", "inherited", "off", "unavailable"];
/** What a shell adds to its environment by itself, and what a sandbox may. */
const added: ReadonlySet<string> = new Set(["PWD", "OLDPWD", "SHLVL", "_", "TMPDIR", "TERM", "CLAW_SANDBOX"]);
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", GIVEN: "as it is: $x 'y' \u00fc" };

/** The contract of a sandbox: every implementation runs it where its wall can be put up. */
export function sandboxConformance({ name, open }: SandboxSubject): void {
  const policyFor = (workspace: string, contained: Partial<SandboxPolicy["contained"]> = {}): SandboxPolicy => ({
    cwd: workspace,
    roots: [workspace],
    hidden: [],
    contained: { type: "contained", hosts: [], writable: [], readable: [], required: true, ...contained },
    environment,
  });
  const shell = (text: string): readonly string[] => ["/bin/bash", "--norc", "--noprofile", "-c", text];

  describe(`the sandbox ${name}`, () => {
    test("says what a probe showed, and nothing that contradicts itself", async () => {
      await using setting = await open();
      const status = await setting.status();
      expect(states).toContain(status.state);
      expect(status).toMatchObject({ state: "active", noNewPrivs: true, envFiltered: true, reasons: expect.any(Array), nesting: { probe: { ok: true } } });
      expect(status.backend).not.toBe("none");
      expect(["none", "proxy"]).toContain(status.network.mode);
      expect(new Date(status.since).toISOString()).toBe(status.since);
      expect(await setting.status()).toEqual(status);
      expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    });

    test("lets a program write the session's folders, and nothing besides", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const kept = setting.make(join(setting.outside, "kept"), "kept");
      const { output, backend } = await setting.run(
        shell(`echo in > in; echo x > '${kept}'; echo x > '${setting.outside}/new'; echo x > '${setting.home}/new'; echo x > ../beside; pwd; cat in`),
        policyFor(workspace),
      );
      expect(backend).toEqual(expect.any(String));
      expect(output.trim().split("\n").slice(-2)).toEqual([workspace, "in"]);
      expect(readFileSync(join(workspace, "in"), "utf8")).toBe("in\n");
      expect(readFileSync(kept, "utf8")).toBe("kept");
      expect([join(setting.outside, "new"), join(setting.home, "new"), join(setting.home, "beside")].filter((path) => existsSync(path))).toEqual([]);
    });

    test("opens what was asked for and no more: a file outside to write, a hidden one to read", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const written = setting.make(join(setting.outside, "written"), "before");
      const beside = setting.make(join(setting.outside, "beside"), "before");
      const read = setting.make(join(setting.home, "notes/read"), "to be read");
      setting.make(join(setting.home, "notes/other"), "not to be read");
      const { output } = await setting.run(
        shell(`echo after > '${written}'; echo after > '${beside}'; cat '${read}' '${setting.home}/notes/other'; echo x > '${read}'`),
        policyFor(workspace, { writable: [written], readable: [read] }),
      );
      expect([written, beside, read].map((path) => readFileSync(path, "utf8"))).toEqual(["after\n", "before", "to be read"]);
      expect(output).toContain("to be read");
      expect(output).not.toContain("not to be read");
    });

    test("keeps the home folder's secrets and what is to be hidden out of sight", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      setting.make(join(setting.home, ".ssh/id_ed25519"), "secret of the home folder");
      const file = setting.make(join(workspace, "hidden file"), "secret of a file");
      setting.make(join(workspace, "folder/below"), "secret of a folder");
      const { output, code } = await setting.run(
        shell(
          `cat '${setting.home}/.ssh/id_ed25519' 'hidden file' folder/below; ls -A folder '${setting.home}/.ssh'; ln '${file}' link; cat link; cp -r . /tmp/copy; cat /tmp/copy/*; echo over`,
        ),
        { ...policyFor(workspace), hidden: [file, join(workspace, "folder"), join(workspace, "not there")] },
      );
      expect(code).toBe(0);
      expect(output).toContain("over");
      expect(output).not.toMatch(/secret of|below$/m);
      expect(readFileSync(file, "utf8")).toBe("secret of a file");
    });

    test("has no network", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      let reached = 0;
      const server = createServer((socket) => {
        reached += 1;
        socket.destroy();
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      try {
        const { output } = await setting.run(
          shell(`(: </dev/tcp/127.0.0.1/${port}) && echo reached; (: </dev/udp/192.0.2.1/53) && echo sent; echo over`),
          policyFor(workspace),
        );
        expect(output.trim().split("\n").at(-1)).toBe("over");
        expect(output).not.toMatch(/^(?:reached|sent)$/m);
        expect(reached).toBe(0);
      } finally {
        server.close();
      }
    });

    test("hands on how a program ended: its status, and what signal ended it", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const ends = await Promise.all(["exit 7", "true", "kill -TERM $$", "kill -SEGV $$"].map((text) => setting.run(shell(text), policyFor(workspace))));
      const numbers: Readonly<Record<string, number>> = { SIGTERM: 143, SIGSEGV: 139 };
      expect(ends.map(({ code, signal }) => code ?? numbers[signal ?? ""])).toEqual([7, 0, 143, 139]);
    });

    test("gives the program its arguments and its environment as they are, and nothing of its own but markers", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const words = ["", " a b ", "$HOME", "--", "-n", "ü\n\t'\"", "*"];
      const { output } = await setting.run(
        ["/bin/bash", "--norc", "--noprofile", "-c", 'printf "%s\\0" "$@"; /usr/bin/env -0', "name", ...words],
        policyFor(workspace),
      );
      expect(output).toContain("\0");
      const parts = output.split("\0").slice(0, -1);
      expect(parts.slice(0, words.length)).toEqual(words);
      const shown = new Map(parts.slice(words.length).map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const));
      expect(Object.fromEntries([...shown].filter(([key]) => !added.has(key)))).toEqual(environment);
      expect(["workspace-only", "allow-list"]).toContain(shown.get("CLAW_SANDBOX"));
    });

    test("leaves no open file of claw's to the program", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      // The null device may take the place of what claw was started with: nothing is behind it.
      const looking = "for one in {3..255}; do (: <&$one) 2>/dev/null && ! [ /dev/fd/$one -ef /dev/null ] && echo open $one; done; echo over";
      const { output } = await setting.run(shell(looking), policyFor(workspace));
      expect(output.trim()).toBe("over");
    });

    test("starts nothing where a wall is needed and none is put up, and starts it as it is where none is", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const off = { ...policyFor(workspace), mode: "off" as const };
      const refused: unknown = await setting.run(shell("echo x > started"), off).catch((error: unknown) => error);
      expect(refused instanceof ClawError ? refused.code : refused).toBe("SANDBOX_REQUIRED");
      expect(existsSync(join(workspace, "started"))).toBe(false);
      expect(await setting.run(shell("echo free"), { ...off, contained: { ...off.contained, required: false } })).toEqual({
        backend: undefined,
        code: 0,
        signal: null,
        output: "free\n",
      });
    });

    test("refuses the whole file system as a session's folder", async () => {
      await using setting = await open();
      const refused: unknown = await setting.run(shell("true"), { ...policyFor("/"), cwd: setting.outside }).catch((error: unknown) => error);
      expect(refused instanceof ClawError ? refused.code : refused).toBe("SANDBOX_FAILED");
    });

    test("leaves nothing behind in a folder where nothing was", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      setting.make(join(workspace, ".git/info/"));
      await setting.run(shell("ls -A"), policyFor(workspace));
      expect(readdirSync(workspace, { recursive: true }).map(String).sort()).toEqual([".git", ".git/info"]);
    });

    test("holds for each of several programs at once, and for one that outlives another", async () => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, "work/"));
      const policy = policyFor(workspace);
      const plant = "echo planted > .mcp.json; mkdir -p .claw && echo planted > .claw/settings.json; echo $?";
      const runs = await Promise.all([
        setting.run(shell("sleep 0.2"), policy),
        setting.run(shell(`sleep 0.9; ${plant}`), policy),
        setting.run(shell(`sleep 0.4; ${plant}`), policy),
      ]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(readdirSync(workspace)).toEqual([]);
    });

    test.each(["with spaces ", "ünï→日本", "new\nline", "-dash", "quote'\"$(touch x)`"])("works in a folder called %j", async (called) => {
      await using setting = await open();
      const workspace = setting.make(join(setting.home, called, "/"));
      const { output } = await setting.run(shell('pwd; echo in > "a b"; echo x > ../beside'), policyFor(workspace.replace(/\/$/, "")));
      expect(output).toContain(called);
      expect(readdirSync(workspace)).toEqual(["a b"]);
      expect(readdirSync(setting.home)).toEqual([called]);
    });
  });
}

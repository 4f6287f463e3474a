import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SandboxStatus } from "@claw/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allBut, findLandlock } from "../src/landlock.ts";
import type { ContainedRun } from "./contained-run.ts";
import { openWorld, type World } from "./world.ts";

const run = promisify(execFile);

/** Each says `out` where it got out. */
const attempts: Readonly<Record<string, string>> = {
  "writing in the home folder": "echo x > $HOME/planted && echo out",
  "writing to the system": "echo x > /usr/planted && echo out",
  "writing where nothing hides it": "echo x > $OUTSIDE/planted && echo out",
  "taking a file away": "rm -f $OUTSIDE/kept && echo out",
  "moving a file out": "echo x > moved; mv -f moved $OUTSIDE/moved && echo out",
  "making a link to a file outside": "ln $OUTSIDE/kept linked && echo out",
  "cutting a file": ": > $OUTSIDE/kept && echo out",
  "reading the home folder": "cat $HOME/.ssh/id && echo out",
  "listing the home folder": "ls $HOME && echo out",
  "reading a key by a link from inside": "ln -s $HOME/.ssh/id key; cat key && echo out",
  "reading /etc/shadow": "cat /etc/shadow && echo out",
  "the environment of another process": "tr '\\0' ' ' < /proc/$OTHER/environ && echo out",
  "the memory of another process": "head -c 1 /proc/$OTHER/mem && echo out",
  "a signal to another process": "kill -9 $OTHER && echo out",
  "TCP to this machine": 'perl -MIO::Socket::INET -e \'IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ENV{PORT}") or die "$!\\n"; print "out"\'',
  "a server on a port": 'perl -MIO::Socket::INET -e \'IO::Socket::INET->new(Listen => 1) or die "$!\\n"; print "out"\'',
  UDP: 'perl -MSocket -e \'socket(S, PF_INET, SOCK_DGRAM, 0) or die "$!\\n"; print "out"\'',
  "an abstract socket of the machine":
    'perl -MSocket -e \'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("\\0claw-landlock-test")) or die "$!\\n"; print "out"\'',
  namespaces: "unshare -Ur true && echo out",
  "a mount": "mount -t tmpfs none . && echo out",
  "more privileges": "grep -q 'NoNewPrivs:.*0' /proc/self/status && echo out",
  "the memory of shared programs": "echo x > /dev/shm/planted && echo out",
};

/** What ordinary work does. */
const work: Readonly<Record<string, string>> = {
  "writes where it works": "mkdir -p a/b && echo x > a/b/c && mv a/b/c a/c && rm -r a && echo done",
  "has a temporary folder of its own": 'f=$(mktemp) && echo x > "$f" && cat "$f" >/dev/null && echo done',
  "uses devices": "head -c 3 /dev/urandom > /dev/null && echo done",
  "runs programs": "python3 -c 'print(\"done\")' && git init -q . && git status >/dev/null",
  "starts others and ends them": "sleep 30 & kill $! && echo done",
};

/** Of these nothing stays: without a wall they succeed. */
const harmless = [
  "reading the home folder",
  "listing the home folder",
  "the environment of another process",
  "TCP to this machine",
  "a server on a port",
  "UDP",
  "an abstract socket of the machine",
];

interface Found {
  /** The process that was to be ended. */
  readonly isAlive: boolean;
  readonly status: SandboxStatus;
  readonly ended: Readonly<Record<string, ContainedRun>>;
  readonly bare: Readonly<Record<string, ContainedRun>>;
  readonly withHosts: ContainedRun;
  readonly allowed: ContainedRun;
  readonly required: string;
  readonly always: string;
}

/** Signals and abstract sockets since Linux 6.12. */
const isThere = ((await findLandlock())?.abi ?? 0) >= 6;

/** As in containers: nobody makes namespaces, and Landlock is let through. */
describe.skipIf(!isThere)("where no namespace can be made", () => {
  let world: World;
  let server: Server;
  let abstract: Server;
  let found: Found;

  beforeAll(async () => {
    world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
    world.make(join(world.home, ".ssh/id"), "a key");
    world.make(join(world.outside, "kept"), "kept");
    const [folder, state] = [world.make(join(world.home, "work/")), world.make(join(world.home, "../state/"))];
    server = createServer((socket) => socket.on("error", () => undefined).end("reached"));
    abstract = createServer((socket) => socket.on("error", () => undefined).end("reached"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    await new Promise((resolve) => abstract.listen("\0claw-landlock-test", () => resolve(undefined)));
    const address = server.address();
    const facts = {
      outside: world.outside,
      port: typeof address === "object" ? String(address?.port) : "",
      attempts: { ...attempts, ...work },
      harmless,
    };
    const script = fileURLToPath(new URL("landlock-process.ts", import.meta.url));
    const refusing = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const { stdout } = await run(
      "/usr/bin/unshare",
      [
        "--user",
        "--map-root-user",
        "/bin/sh",
        "-c",
        refusing,
        "refusing",
        process.execPath,
        "--conditions=claw-source",
        script,
        world.home,
        state,
        folder,
        JSON.stringify(facts),
      ],
      { env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, NODE_NO_WARNINGS: "1" } },
    );
    found = JSON.parse(stdout) as Found;
  }, 60_000);
  afterAll(() => {
    server.close();
    abstract.close();
    world[Symbol.dispose]();
  });

  test("the status claims what Landlock holds, and no more", () => {
    expect(found.status).toMatchObject({
      state: "degraded",
      backend: "landlock",
      fs: { mode: "workspace-only", protected: [] },
      namespaces: { user: false, pid: false, net: false },
      procMasked: false,
      network: { mode: "none", allowed: [] },
      noNewPrivs: true,
      seccomp: "default",
      version: { landlockAbi: expect.any(Number) as unknown },
    });
    expect(found.status.reasons.at(-1)?.code).toBe("LANDLOCK_ONLY");
  });

  test("it is no wall where one is needed", () => {
    expect([found.required, found.always]).toEqual(["SANDBOX_REQUIRED", "SANDBOX_REQUIRED"]);
  });

  test.each(Object.keys(attempts))("%s fails", (name) => {
    expect(found.ended[name]).toMatchObject({ backend: "landlock", output: expect.not.stringMatching(/out\n?$/) as unknown });
    expect(found.ended[name]?.code).not.toBe(0);
  });

  test.each(harmless)("%s succeeds without it", (name) => {
    expect(found.bare[name]).toMatchObject({ code: 0, output: expect.stringMatching(/out\n?$/) as unknown });
  });

  test.each(Object.keys(work))("a program %s", (name) => {
    expect(found.ended[name]).toMatchObject({ code: 0, output: expect.stringContaining("done") as unknown });
  });

  test("what the person allowed is open: a folder to write, and with a host the whole network", () => {
    expect(found.allowed).toMatchObject({ code: 0, output: "x\n" });
    expect(found.withHosts).toMatchObject({ code: 0, output: "out" });
  });

  test("nothing is left outside", () => {
    expect(readdirSync(world.outside).sort()).toEqual(["kept", "made"]);
    for (const path of ["/usr/planted", "/dev/shm/planted", join(world.home, "planted")]) expect(existsSync(path)).toBe(false);
    expect(found.isAlive).toBe(true);
  });
});

test("all but what is hidden is shown by the outermost folders, and no link leads back", () => {
  using world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  for (const name of ["a/hidden/x", "a/shown/y", "b/z"]) mkdirSync(join(world.home, name), { recursive: true });
  expect(allBut([join(world.home, "a/hidden")], world.home)).toEqual([join(world.home, "a/shown"), join(world.home, "b")]);
  expect(allBut([world.home]).some((path) => path === "/" || world.home.startsWith(`${path}/`))).toBe(false);
});

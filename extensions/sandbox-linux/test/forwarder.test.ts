import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { forwarded } from "../src/forwarder.ts";
import { proxyWorld, type ProxyWorld } from "./proxy-world.ts";

const run = promisify(execFile);
const found = (file: string): string | undefined => (existsSync(file) ? file : undefined);
const bwrap = found("/usr/bin/bwrap");
const socat = found("/usr/bin/socat");
const node = realpathSync(process.execPath);

const folder = mkdtempSync(join(tmpdir(), "claw-forwarder-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ways: readonly (readonly [string, string | undefined])[] = [["node", undefined], ...(socat === undefined ? [] : [["socat", socat] as const])];

describe.skipIf(bwrap === undefined).each(ways)("inside a network of its own, joined by %s,", (_name, way) => {
  const launch = (
    world: ProxyWorld,
    command: readonly string[],
  ): { readonly argv: readonly string[]; readonly environment: Readonly<Record<string, string>> } => {
    const facts = { token: world.proxy.token, socket: world.proxy.socket, node, ...(way === undefined ? {} : { socat: way }) };
    const inner = forwarded(command, facts);
    const walls = [
      "--unshare-net",
      "--unshare-pid",
      "--die-with-parent",
      "--ro-bind",
      "/",
      "/",
      "--dev",
      "/dev",
      "--proc",
      "/proc",
      "--tmpfs",
      "/run",
      "--bind",
      folder,
      folder,
    ];
    return { argv: [...walls, ...inner.binds, "--", ...inner.command], environment: { PATH: process.env["PATH"] ?? "", HOME: folder, ...inner.environment } };
  };
  const inside = async (
    world: ProxyWorld,
    ...command: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
    const { argv, environment } = launch(world, command);
    try {
      return { code: 0, ...(await run(bwrap ?? "", argv, { env: environment, cwd: folder })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { readonly code: number; readonly stdout: string; readonly stderr: string };
      return { code, stdout, stderr };
    }
  };

  test("curl reaches an allowed host at once, and no other, and nothing without the proxy", async () => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    const url = `http://allowed.test:${world.web}/`;
    for (let round = 0; round < 5; round++) expect((await inside(world, "curl", "-sS", url)).stdout).toBe("hello");
    expect((await inside(world, "curl", "-sS", "http://evil.test/")).stdout).toBe("claw: evil.test is not an allowed host\n");
    expect((await inside(world, "curl", "-sS", "https://evil.test/")).stderr).toContain("403");
    const past = ["--noproxy", "*", "--resolve", `allowed.test:${world.web}:127.0.0.1`];
    expect((await inside(world, "curl", "-sS", ...past, url)).stderr).toMatch(/refused|Failed to connect/);
    expect(world.lookups).not.toContain("evil.test");
  });

  test("git, node and npm find the proxy in their environment", async () => {
    const source = mkdtempSync(join(folder, "source-"));
    const git = (...args: readonly string[]): Promise<unknown> => run("git", ["-C", source, "-c", "user.name=a", "-c", "user.email=a@a.test", ...args]);
    await git("init", "-q");
    await git("commit", "-q", "--allow-empty", "-m", "from afar");
    await git("update-server-info");
    await using world = await proxyWorld(["*.allowed.test:WEB"], ({ url = "" }, response) => {
      const file = join(source, ".git", /^\/repo\.git\/([^?]*)/.exec(url)?.[1] ?? "absent");
      if (url === "/thing") response.end('{"name":"thing","dist-tags":{"latest":"1.2.3"},"versions":{"1.2.3":{"name":"thing","version":"1.2.3"}}}');
      else if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    const url = `http://docs.allowed.test:${world.web}`;
    const cloned = mkdtempSync(join(folder, "cloned-"));
    expect(await inside(world, "git", "clone", "-q", `${url}/repo.git`, cloned)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await inside(world, "git", "-C", cloned, "log", "--format=%s")).stdout).toBe("from afar\n");
    expect((await inside(world, process.execPath, "-e", `fetch("${url}/thing").then((r) => r.json()).then(({ name }) => console.log(name))`)).stdout).toBe(
      "thing\n",
    );
    const npm = await inside(
      world,
      "npm",
      "view",
      "thing",
      "version",
      "--registry",
      url,
      "--update-notifier=false",
      "--fetch-retries=0",
      "--cache",
      join(folder, "npm"),
    );
    expect(npm.stdout).toBe("1.2.3\n");
    expect((await inside(world, "git", "ls-remote", "http://evil.test/repo.git")).stderr).toMatch(/403/);
  });

  test("the port listens before the command starts, and the command is alone with its streams", async () => {
    await using world = await proxyWorld([]);
    const script = 'read -r line; echo "$line"; exec 3<>/dev/tcp/127.0.0.1/3128 && echo open; read -r children </proc/$$/task/$$/children; echo "[$children]"';
    const { argv, environment } = launch(world, ["bash", "-c", script]);
    const child = spawn(bwrap ?? "", argv, { env: environment });
    child.stdin.end("from outside\n");
    const chunks: string[] = [];
    child.stdout.on("data", (bytes: Buffer) => chunks.push(String(bytes)));
    await once(child, "close");
    expect(chunks.join("")).toBe("from outside\nopen\n[]\n");
  });

  test("the command's status and its end by a signal come through, and its arguments as they are", async () => {
    await using world = await proxyWorld([]);
    expect((await inside(world, "sh", "-c", "exit 42")).code).toBe(42);
    expect((await inside(world, "sh", "-c", "kill -TERM $$")).code).toBe(128 + 15);
    expect((await inside(world, join(folder, "absent"))).code).toBe(127);
    const odd = ["", " ", "$(touch x)", "'", '"', "\\", "-n", "*", "a\nb"];
    writeFileSync(join(folder, "arguments.mjs"), "console.log(JSON.stringify(process.argv.slice(2)))");
    expect(JSON.parse((await inside(world, process.execPath, join(folder, "arguments.mjs"), ...odd)).stdout)).toEqual(odd);
  });

  test("a body is not cut when the client has said its end", async () => {
    await using world = await proxyWorld(["allowed.test:ECHO"]);
    const script = `
      const socket = require("node:net").connect({ port: 3128, host: "127.0.0.1", allowHalfOpen: true });
      let bytes = 0;
      socket.write("CONNECT allowed.test:${world.echo} HTTP/1.1\\r\\nHost: x\\r\\nProxy-Authorization: Basic " + btoa(new URL(process.env.HTTP_PROXY).username + ":" + new URL(process.env.HTTP_PROXY).password) + "\\r\\n\\r\\n");
      socket.once("data", () => { socket.on("data", (data) => (bytes += data.length)); socket.end(Buffer.alloc(3_000_000)); });
      socket.on("end", () => console.log(bytes));`;
    expect((await inside(world, process.execPath, "-e", script)).stdout).toBe("3000000\n");
  });
});

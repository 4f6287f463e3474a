import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { containedEnvironment } from "../src/environment.ts";
import { gitIdentity } from "../src/git-identity.ts";
import { rulesOf, within } from "../src/sandbox-config.ts";

const home = mkdtempSync(join(tmpdir(), "claw-identity-"));
afterAll(() => rmSync(home, { recursive: true }));

describe("what programs know of the person's git", () => {
  const kept = (text: string): string | undefined => {
    writeFileSync(join(home, ".gitconfig"), text);
    return gitIdentity(home);
  };

  test("is who commits and how lines end", () => {
    expect(kept("[user]\n\tname = A B # c\n\temail=a@b.test\n[core]\n\tautocrlf = input\n[init]\ndefaultBranch = main\n")).toBe(
      "[user]\n\tname = A B # c\n[user]\n\temail = a@b.test\n[core]\n\tautocrlf = input\n[init]\n\tdefaultBranch = main\n",
    );
  });

  test.each([
    ["a program", "[core]\n\tfsmonitor = /tmp/x\n\tsshCommand = x\n\tpager = x\n\teditor = x\n\thooksPath = /tmp\n"],
    ["a credential helper", "[credential]\n\thelper = store\n"],
    ["an alias", "[alias]\n\tst = !sh\n"],
    ["an include", '[include]\n\tpath = /tmp/x\n[includeIf "gitdir:/"]\n\tpath = /tmp/x\n'],
    ["a token in an address", '[url "https://token@host"]\n\tinsteadOf = https://host\n[http]\n\textraHeader = secret\n'],
    ["a section that only looks like one", '[user "x"]\n\tname = a\n[user.x]\n\tname = a\n[ user]\n\temail = a\n[__proto__]\n\tname = a\n'],
    ["a value that goes on in the next line", "[user]\n\tname = a \\\n[core]fsmonitor=x\n"],
    ["a section and a value in one line", "[user] name = a\n[core] fsmonitor = x\n"],
    ["nothing", ""],
  ])("is not %s", (_what, text) => {
    expect(kept(text)).toBeUndefined();
  });

  test("is nothing where there is no file", () => {
    expect(gitIdentity(join(home, "nowhere"))).toBeUndefined();
  });

  test("a value never begins a section or another line", () => {
    const text = kept('[user]\n\tname = "x"\r\n\temail = a]\n[core]\n\teol = [alias] x = !sh\n') ?? "";
    expect(text.split("\n").filter((one) => one.startsWith("["))).toEqual(["[user]", "[user]", "[core]"]);
  });
});

describe("the environment inside", () => {
  test("has no agent, no bus, no display, and no proxy of the person's", () => {
    const doors = [
      "SSH_AUTH_SOCK",
      "DBUS_SESSION_BUS_ADDRESS",
      "XDG_RUNTIME_DIR",
      "DISPLAY",
      "WAYLAND_DISPLAY",
      "HTTPS_PROXY",
      "http_proxy",
      "ALL_PROXY",
      "no_proxy",
    ];
    expect(containedEnvironment({ ...Object.fromEntries(doors.map((name) => [name, "x"])), PATH: "/bin" }, {}, "workspace-only")).toEqual({
      PATH: "/bin",
      TMPDIR: "/tmp",
      TERM: "dumb",
      CLAW_SANDBOX: "workspace-only",
    });
  });

  test("has the way out where there is one, and both sources' settings of git numbered on", () => {
    const one = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.fsmonitor", GIT_CONFIG_VALUE_0: "false", HTTPS_PROXY: "https://user:password@host" };
    const other = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "http.proxy", GIT_CONFIG_VALUE_0: "x", HTTPS_PROXY: "http://127.0.0.1:3128" };
    expect(containedEnvironment(one, other, "workspace-only")).toMatchObject({
      HTTPS_PROXY: "http://127.0.0.1:3128",
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_KEY_1: "http.proxy",
      GIT_CONFIG_VALUE_1: "x",
    });
  });
});

describe("the administrator's rules", () => {
  test("are read from what a policy says", () => {
    expect(rulesOf(undefined)).toEqual({ required: false, hosts: undefined });
    expect(rulesOf({ required: true, hosts: ["a", 1, null] })).toEqual({ required: true, hosts: ["a"] });
    expect(rulesOf({ required: "true", hosts: "a" })).toEqual({ required: false, hosts: undefined });
  });

  test("let through the hosts that they name, alone or below a name", () => {
    const rules = { required: false, hosts: ["a.test", "*.b.test"] };
    expect(within(["a.test", "x.a.test", "x.b.test", "*.x.b.test", "*.b.test", "b.test", "xb.test", "*", "*.test"], rules)).toEqual([
      "a.test",
      "x.b.test",
      "*.x.b.test",
      "*.b.test",
    ]);
    expect(within(["anything"], { required: false, hosts: undefined })).toEqual(["anything"]);
    expect(within(["a.test"], { required: false, hosts: [] })).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "@claw/kernel/host";
import { type Route, routeOf, verbs } from "../src/route.ts";
import { flags, parse } from "./catalogue.ts";

const plan: Plan = {
  extensions: [],
  heldBack: [],
  notices: [],
  taps: [],
  owners: new Map([
    ["command:session", "x/x"],
    ["command:print-system-prompt", "x/y"],
    ["tool:bash", "x/z"],
  ]),
};
const route = (...argv: readonly string[]): Route => routeOf({ args: parse(...argv), plan, flags }, false);
const piped = (...argv: readonly string[]): Route => routeOf({ args: parse(...argv), plan, flags }, true);
const refusal = (...argv: readonly string[]): string => {
  try {
    return `no refusal: ${JSON.stringify(route(...argv))}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe("a single word", () => {
  test("is a verb or an extension's command, with flags before or after it", () => {
    expect(route("doctor", "--held")).toEqual({ type: "verb", words: ["doctor", "--held"] });
    expect(route("--json", "--held", "doctor")).toEqual({ type: "verb", words: ["doctor", "--held"] });
    expect(route("session", "show", "x", "--limit", "3")).toEqual({ type: "command", name: "session", words: ["show", "x", "--limit", "3"] });
    expect(route("--profile", "ci", "session", "--json", "list")).toEqual({ type: "command", name: "session", words: ["list"] });
    expect(route("help", "session")).toEqual({ type: "verb", words: ["help", "session"] });
  });

  test("mistyped is an error with a suggestion", () => {
    expect(refusal("docter")).toBe('there is no command "docter"; did you mean doctor?');
    expect(refusal("sesion", "list")).toBe('there is no command "sesion"; did you mean session?');
    expect(() => route("bash")).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: 'there is no command "bash"',
        fix: 'claw -p "bash" to send it as a prompt, or claw ext search bash for an extension that brings it',
      }),
    );
    expect(refusal("constructor")).toMatch(/^there is no command "constructor"/);
  });

  test("is never a prompt, whatever it is", () => {
    const flag = fc.constantFrom("--json", "-c", "--continue", "--verbose", "--offline", "--no-color");
    fc.assert(
      fc.property(
        fc.string().filter((word) => !/\s/.test(word) && word !== "-"),
        fc.array(flag),
        fc.array(flag),
        fc.array(fc.string()),
        (word, before, after, more) => {
          let found: Route | undefined;
          try {
            found = route(...before, word, ...after, ...more.filter((one) => one !== "--" && !one.startsWith("-")));
          } catch {
            return;
          }
          expect(word.startsWith("-") || found.type !== "prompt").toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("a prompt", () => {
  test("is one quoted text of several words", () => {
    expect(route("why does it fail?")).toEqual({ type: "prompt", prompt: "why does it fail?" });
    expect(route("--verbose", "doctor please")).toEqual({ type: "prompt", prompt: "doctor please" });
    expect(route("one\ntwo")).toEqual({ type: "prompt", prompt: "one\ntwo" });
  });

  test("is the one text that comes with -p, whatever it looks like", () => {
    expect([route("-p", "doctor"), route("doctor", "-p"), route("--print", "session")]).toEqual([
      { type: "prompt", prompt: "doctor" },
      { type: "prompt", prompt: "doctor" },
      { type: "prompt", prompt: "session" },
    ]);
    expect(refusal("-p", "fix", "the", "bug")).toBe('a prompt is one text, and there are 3: "fix" "the" "bug"');
  });

  test("may be the value of a flag, and is still one text", () => {
    expect([route("--prompt", "doctor"), route("doctor", "--help", "--prompt", "x").type]).toEqual([{ type: "prompt", prompt: "doctor" }, "verb"]);
    for (const argv of [
      ["--prompt", "a", "b"],
      ["--prompt", "a", "--", "b"],
      ["--prompt", "a", "--prompt", "b"],
      ["-p", "b", "--prompt", "a"],
    ])
      expect(refusal(...argv)).toMatch(/^a prompt is one text, and there are 2: /);
  });

  test("is all that follows --", () => {
    expect(route("--", "doctor")).toEqual({ type: "prompt", prompt: "doctor" });
    expect(route("-p", "--", "--json", "is", "a", "flag")).toEqual({ type: "prompt", prompt: "--json is a flag" });
    expect(refusal("nothing", "--", "list")).toMatch(/^a prompt is one text, and there are 2/);
    expect(route("session", "--", "list")).toEqual({ type: "command", name: "session", words: ["--", "list"] });
  });

  test("is standard input for -, and where it is piped and nothing else is said", () => {
    expect([route("-"), route("-p", "-"), route("-p"), piped()]).toEqual([{ type: "prompt" }, { type: "prompt" }, { type: "prompt" }, { type: "prompt" }]);
    expect([piped("doctor"), piped("-p", "x")]).toEqual([
      { type: "verb", words: ["doctor"] },
      { type: "prompt", prompt: "x" },
    ]);
  });

  test("may be missing where a session goes on: the front-end says so", () => {
    expect([route("-c"), route("--resume", "latest")]).toEqual([{ type: "prompt" }, { type: "prompt" }]);
  });
});

describe("a flag that nobody knows", () => {
  test("is refused for a prompt, before its value is taken for one", () => {
    expect(refusal("-p", "hi", "--mcp-config", "servers.json")).toBe(
      "--mcp-config is not served: MCP servers are named in mcp.servers of your settings (claw ext add mcp)",
    );
    expect(refusal("--mcp-config", "servers.json")).toBe(
      "--mcp-config is not served: MCP servers are named in mcp.servers of your settings (claw ext add mcp)",
    );
    expect(refusal("--frobnicate")).toBe("there is no flag --frobnicate");
    expect(refusal("--version", "--frobnicate")).toBe("there is no flag --frobnicate");
    expect(refusal("do it all", "--vebrose")).toBe("there is no flag --vebrose; did you mean --verbose?");
  });

  test("is left to the verb or the command, which may know it", () => {
    expect(route("session", "list", "--all")).toEqual({ type: "command", name: "session", words: ["list", "--all"] });
  });
});

test("no words at all ask for help, --help for that of a verb, --version for the version", () => {
  expect([route(), route("--help"), route("-h", "config"), route("session", "--help"), route("--version")]).toEqual([
    { type: "verb", words: ["help"] },
    { type: "verb", words: ["help"] },
    { type: "verb", words: ["help", "config"] },
    { type: "verb", words: ["help", "session"] },
    { type: "version" },
  ]);
  expect(Object.values(verbs).every((text) => text.length > 0)).toBe(true);
});

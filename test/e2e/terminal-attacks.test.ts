import { describe, expect, test } from "vitest";
import { call, place, say } from "./claw.ts";

/** Clears the screen, hides what follows, turns text around, names a window, puts a link elsewhere, asks the terminal to type. */
const evil = "\u001b[2J\u001b[8mhidden\u001b]0;title\u0007\u001b]8;;https://evil.test\u0007link\u001b]52;c;cm0=\u0007\u009b6n\u202eesrever\r\bover";
/** What is left when claw's own colours are taken away. */
const strange = (shown: string): readonly string[] =>
  [...shown.replace(/\u001b\[[\d;]*m/g, "").replaceAll("\r\n", "\n")].filter((sign) => /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(sign));

describe("ANSI in tool output repaints the screen or hides text (MCP-083):", () => {
  test.each(["all", undefined] as const)("none of it reaches the terminal, from a tool, a file's name or the model (terminal: %s)", async (tty) => {
    await using here = await place({
      script: [call("bash", { command: "cat evil.txt; ls", description: evil }), call("read_file", { path: evil }), say(evil)],
      files: { "evil.txt": evil, [`${evil.replaceAll("/", "")}.txt`]: "x" },
    });
    for (const argv of [[], ["--verbose"]]) {
      const { stdout, stderr } = await here.run(["-p", "go", "--permission-mode", "allow", ...argv], tty === undefined ? {} : { tty });
      expect(strange(tty === undefined ? stderr : stdout + stderr)).toEqual([]);
    }
  });
});

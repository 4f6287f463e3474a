import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type ContentBlock, type ToolResult } from "@claw/kernel";
import { load } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { type GroupProcesses, groupProcesses } from "./group-processes.ts";

const open = (processes: GroupProcesses = groupProcesses(), config: Record<string, unknown> = {}) =>
  load(extension, { config, services: { processes }, files: { "a.txt": "hello\n", "sub/b.txt": "deep\n" } });

const text = (result: ToolResult): string => result.content.map((block) => (block.type === "text" ? block.text : block.type)).join("");

async function untilEmpty(groups: readonly number[]): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (groups.every((group) => !hasLiving(group))) return true;
    await delay(5);
  }
  return false;
}

/** Whether a group has members that are not waiting to be reaped. */
function hasLiving(group: number): boolean {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        return Number(pgrp) === group && state !== "Z" && state !== "X";
      } catch {
        return false;
      }
    });
}

describe("a command", () => {
  test("runs in bash, which reads no start-up file, in the session's folder", async () => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    expect(await claw.call("bash", { command: "cat a.txt; echo ${BASH_VERSION:+bash}" })).toBe("hello\nbash");
    expect(processes.started).toEqual([["bash", "--norc", "--noprofile", "-c", "cat a.txt; echo ${BASH_VERSION:+bash}"]]);
  });

  test("runs in sh where there is no bash", async () => {
    const processes = groupProcesses(["bash"]);
    await using claw = await open(processes);
    expect(await claw.call("bash", { command: "cat a.txt" })).toBe("hello");
    expect(processes.started.at(-1)).toEqual(["sh", "-c", "cat a.txt"]);
  });

  test("runs in a folder below when told so, and nowhere that is no folder", async () => {
    await using claw = await open();
    expect(await claw.call("bash", { command: "cat b.txt", cwd: "sub" })).toBe("deep");
    for (const cwd of ["none", "a.txt"]) {
      const error = await claw.call("bash", { command: "true", cwd }).catch((thrown: unknown) => thrown);
      expect(ClawError.is(error, "PATH_NOT_FOUND")).toBe(true);
    }
  });

  test("leaves nothing to the next one", async () => {
    await using claw = await open();
    await claw.call("bash", { command: "cd sub; export POISON=1; PAGER=evil" });
    expect(await claw.call("bash", { command: 'pwd; echo "[$POISON$PAGER]"' })).toBe(`${claw.cwd}\n[]`);
  });

  test("that succeeds answers its output alone", async () => {
    await using claw = await open();
    expect(await claw.result("bash", { command: "echo out; echo err >&2", description: "prints" })).toEqual({
      content: [{ type: "text", text: "out\nerr" }],
      details: { exitCode: 0, signal: null, timedOut: false, contained: false },
    });
    expect(await claw.call("bash", { command: "true" })).toBe("(no output)");
  });

  test("that fails answers its output and its exit status", async () => {
    await using claw = await open();
    expect(await claw.result("bash", { command: "echo why >&2; exit 3" })).toEqual({
      content: [{ type: "text", text: "why\n[exit status 3]" }],
      failed: true,
      details: { exitCode: 3, signal: null, timedOut: false, contained: false },
    });
    expect(await claw.call("bash", { command: "no-such-program-here 2>/dev/null" })).toBe("(no output)\n[exit status 127: command not found]");
    expect((await claw.result("bash", { command: "if then" })).failed).toBe(true);
  });

  test("that is killed says by what", async () => {
    await using claw = await open();
    expect(await claw.result("bash", { command: "echo before; kill -SEGV $$" })).toEqual({
      content: [{ type: "text", text: "before\n[killed by SIGSEGV]" }],
      failed: true,
      details: { exitCode: null, signal: "SIGSEGV", timedOut: false, contained: false },
    });
  });

  test("that takes too long is stopped, with what it printed so far", async () => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    const result = await claw.result("bash", { command: "echo started; sleep 30 & wait", timeout: 60 });
    expect(result).toEqual({
      content: [{ type: "text", text: "started\n[stopped: it took longer than 60 ms; a longer timeout or run_in_background lets it go on]" }],
      failed: true,
      details: { exitCode: null, signal: "SIGTERM", timedOut: true, contained: false },
    });
    expect(await untilEmpty(processes.groups)).toBe(true);
  });

  test("takes as long as the settings say when the model does not", async () => {
    await using claw = await open(groupProcesses(), { timeoutMs: 30 });
    expect(await claw.call("bash", { command: "sleep 30" })).toMatch(/longer than 30 ms/);
  });

  test("that leaves programs running says that they were stopped", async () => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    expect(await claw.call("bash", { command: "sleep 30 >/dev/null 2>&1 & echo started" })).toBe(
      "started\n[the programs it left running were stopped with it; run_in_background keeps one running]",
    );
    expect(await untilEmpty(processes.groups)).toBe(true);
  });

  test.each([
    ["a NUL", "\0", "U+0000"],
    ["an escape", "\u001b", "U+001B"],
    ["a change of direction", "\u202e", "U+202E"],
    ["a zero-width space", "\u200b", "U+200B"],
    ["a tag", "\u{e0041}", "U+E0041"],
  ])("that hides %s is refused, in the background too", async (_what, hidden, name) => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    for (const run_in_background of [false, true]) {
      const error = await claw.call("bash", { command: `echo a${hidden}b`, run_in_background }).catch((thrown: unknown) => thrown);
      expect(ClawError.is(error, "TOOL_INPUT_INVALID") && error.message).toBe(`the command holds the hidden character ${name} at 6`);
    }
    expect(processes.started).toEqual([]);
  });

  test("may hold any script, emoji, tabs and line breaks", async () => {
    await using claw = await open();
    expect(await claw.call("bash", { command: "echo 'grüße 你好 👩‍💻 ❤️'\n\techo two" })).toBe("grüße 你好 👩‍💻 ❤️\ntwo");
  });

  test.each([{}, { command: "" }, { command: 3 }, { command: "true", timeout: 0 }, { command: "true", timeout: 600_001 }, { command: "true", shell: "zsh" }])(
    "does not run with the input %j",
    async (input) => {
      const processes = groupProcesses();
      await using claw = await open(processes);
      const error = await claw.call("bash", input).catch((thrown: unknown) => thrown);
      expect(ClawError.is(error, "TOOL_INPUT_INVALID")).toBe(true);
      expect(processes.started).toEqual([]);
    },
  );
});

describe("the output of a command", () => {
  test("reaches the model without escape sequences, and decoded when it is not text", async () => {
    await using claw = await open();
    expect(await claw.call("bash", { command: String.raw`printf '\033[31mred\033[0m \033]0;title\007ok\r\n\377\300x\0y'` })).toBe("red ok\n\ufffd\ufffdxy");
  });

  test("keeps head and tail when it is long, and all of it in a file", async () => {
    await using claw = await open(groupProcesses(), { headBytes: 100, tailBytes: 100 });
    const result = await claw.result("bash", { command: "for i in $(seq 1000); do echo line $i; done" }, { id: "toolu_01/..\\x" });
    const { spilled } = result.details as { readonly spilled: string };
    const whole = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}\n`).join("");
    expect(readFileSync(spilled, "utf8")).toBe(whole);
    expect(spilled).toMatch(/bash-toolu_01----x\.txt$/);
    const [head = "", tail = ""] = text(result).split(/… \d+ bytes left out, whole output in .* …\n/);
    expect(whole.startsWith(head) && head.endsWith("\n") && head.length > 80).toBe(true);
    expect(whole.trimEnd().endsWith(tail) && tail.startsWith("line ") && tail.length > 80).toBe(true);
    expect(text(result)).toContain(`… ${whole.length - head.length - tail.length - 1} bytes left out, whole output in ${spilled} …`);
  });

  test("is in no file when it is short", async () => {
    await using claw = await open(groupProcesses(), { headBytes: 3, tailBytes: 3 });
    expect((await claw.result("bash", { command: "printf 123456" })).details).toEqual({ exitCode: 0, signal: null, timedOut: false, contained: false });
    expect((await claw.result("bash", { command: "printf 1234567" })).details).toHaveProperty("spilled");
  });

  test("of a hundred megabytes takes bounded memory, and its file ends at the limit", async () => {
    await using claw = await open(groupProcesses(), { maxSpillBytes: 1_000_000 });
    const before = process.memoryUsage().rss;
    const result = await claw.result("bash", { command: "yes 0123456789 | head -c 104857599" });
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
    expect(text(result)).toMatch(/^0123456789\n[^]*\n… 10482\d{4} bytes left out, the first 1000000 bytes are in .* …\n[^]*0123456789$/);
    expect(text(result).length).toBeLessThan(31_500);
    expect(readFileSync((result.details as { readonly spilled: string }).spilled).length).toBe(1_000_000);
  });

  test("is shown while it comes", async () => {
    await using claw = await open();
    const shown: ContentBlock[] = [];
    const progress = (content: ContentBlock): void => {
      if (shown.push(content) === 1) writeFileSync(join(claw.cwd, "seen"), "");
    };
    expect(await claw.call("bash", { command: "echo first; until [ -e seen ]; do sleep 0.01; done; echo second" }, { progress })).toBe("first\nsecond");
    expect(shown[0]).toEqual({ type: "text", text: "first\n" });
  });
});

describe("an abort", () => {
  test("at any moment ends the call and the whole group", async () => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    const reason = new Error("the person pressed Ctrl-C");
    for (let round = 0; round < 20; round += 1) {
      const abort = new AbortController();
      const running = claw
        .result("bash", { command: "yes | head -c 300000; sleep 30 & sleep 30" }, { signal: abort.signal })
        .catch((thrown: unknown) => thrown);
      await delay((round * 3) % 25);
      abort.abort(reason);
      expect(await running).toBe(reason);
    }
    expect(await untilEmpty(processes.groups)).toBe(true);
  });
});

describe("a command in the background", () => {
  test("answers at once, says how it ended, and keeps its output in a file", async () => {
    await using claw = await open();
    const started = await claw.result("bash", { command: "cat b.txt; exit 4", cwd: "sub", run_in_background: true });
    const { id, spilled } = started.details as { readonly id: string; readonly spilled: string };
    expect(text(started)).toBe(`Started in the background as bash_1, whole output in ${spilled}. Look with bash_output, stop with kill_shell.`);
    expect(await claw.result("bash_output", { id, wait: 600_000 })).toEqual({
      content: [{ type: "text", text: "deep\n[bash_1 is over: exit status 4]" }],
      details: { id, running: false, exitCode: 4, signal: null, timedOut: false, contained: false },
    });
    expect(await claw.call("bash_output", { id })).toBe("(no output)\n[bash_1 is over: exit status 4]");
    expect(readFileSync(spilled, "utf8")).toBe("deep\n");
  });

  test("shows only what is new", async () => {
    await using claw = await open();
    await claw.call("bash", {
      command: "mkfifo gate; mkfifo door; echo one; read line < gate; printf 'tw\\303'; read line < door; printf '\\251\\n'",
      run_in_background: true,
    });
    const untilPrinted = async (): Promise<string> => {
      for (;;) {
        const seen = await claw.call("bash_output", { id: "bash_1", wait: 5 });
        if (!seen.startsWith("(no output)")) return seen;
      }
    };
    expect(await untilPrinted()).toBe("one\n[bash_1 is running]");
    await claw.call("bash", { command: "echo > gate" });
    expect(await untilPrinted()).toBe("tw\n[bash_1 is running]");
    await claw.call("bash", { command: "echo > door" });
    expect(await claw.call("bash_output", { id: "bash_1", wait: 600_000 })).toBe("é\n[bash_1 is over: exit status 0]");
  });

  test("is stopped with everything it started", async () => {
    const processes = groupProcesses();
    await using claw = await open(processes);
    await claw.call("bash", { command: "sleep 30 & sleep 30", run_in_background: true });
    expect(await claw.call("kill_shell", { id: "bash_1" })).toBe("bash_1 is stopped.");
    expect(await untilEmpty(processes.groups)).toBe(true);
    expect(await claw.call("kill_shell", { id: "bash_1" })).toBe("bash_1 is over: killed by SIGTERM");
    expect(await claw.call("bash_output", { id: "bash_1" })).toBe("(no output)\n[bash_1 is over: killed by SIGTERM]");
  });

  test("outlives its call but not the extension", async () => {
    const processes = groupProcesses();
    const claw = await open(processes);
    const abort = new AbortController();
    await claw.call("bash", { command: "sleep 30 & sleep 30", run_in_background: true }, { signal: abort.signal });
    abort.abort();
    expect(await claw.call("bash_output", { id: "bash_1", wait: 20 })).toBe("(no output)\n[bash_1 is running]");
    await claw[Symbol.asyncDispose]();
    expect(await untilEmpty(processes.groups)).toBe(true);
  });

  test("belongs to its session", async () => {
    await using claw = await open();
    await claw.call("bash", { command: "sleep 30", run_in_background: true });
    for (const tool of ["bash_output", "kill_shell"]) {
      const error = await claw.call(tool, { id: "bash_1" }, { session: "another" }).catch((thrown: unknown) => thrown);
      expect(ClawError.is(error) && [error.message, error.fix]).toEqual([
        "there is no background command bash_1",
        "background commands end with the run of claw that started them; start it again",
      ]);
    }
    const error = await claw.call("bash_output", { id: "bash_7" }).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error) && error.fix).toBe("use one of bash_1");
  });

  test("has a deadline only when it is given one, and company only so much", async () => {
    await using claw = await open(groupProcesses(), { maxBackground: 2, timeoutMs: 10 });
    await claw.call("bash", { command: "sleep 30", run_in_background: true });
    await claw.call("bash", { command: "sleep 30", run_in_background: true, timeout: 20 });
    const error = await claw.call("bash", { command: "sleep 30", run_in_background: true }).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error) && error.message).toBe("2 commands of this session run in the background already");
    expect(await claw.call("bash_output", { id: "bash_2", wait: 600_000 })).toMatch(/bash_2 is over: stopped: it took longer than 20 ms/);
    expect(await claw.call("bash_output", { id: "bash_1" })).toBe("(no output)\n[bash_1 is running]");
    await claw.call("bash", { command: "true", run_in_background: true });
  });

  test("that floods keeps its newest and its oldest output, and all of it in a file", async () => {
    await using claw = await open(groupProcesses(), { headBytes: 100, tailBytes: 100 });
    const started = await claw.result("bash", { command: "seq 100000", run_in_background: true });
    const seen = await claw.call("bash_output", { id: "bash_1", wait: 600_000 });
    expect(seen).toMatch(/^1\n2\n[^]*… \d+ bytes left out, whole output in .* …\n[^]*100000\n\[bash_1 is over: exit status 0\]$/);
    expect(readFileSync((started.details as { readonly spilled: string }).spilled).length).toBe(588_895);
  });

  test("can be waited for until the wait is aborted", async () => {
    await using claw = await open();
    await claw.call("bash", { command: "sleep 30", run_in_background: true });
    const abort = new AbortController();
    const waiting = claw.call("bash_output", { id: "bash_1", wait: 600_000 }, { signal: abort.signal }).catch((thrown: unknown) => thrown);
    const reason = new Error("stop");
    abort.abort(reason);
    expect(await waiting).toBe(reason);
  });
});

test("the file of an output is below the session's scratch folder", async () => {
  await using claw = await open(groupProcesses(), { headBytes: 1, tailBytes: 1 });
  const { details } = await claw.result("bash", { command: "echo long" });
  expect((details as { readonly spilled: string }).spilled.startsWith(join(claw.test.host.folders.state, "scratch"))).toBe(true);
});

import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Place, type RunOptions, call, clawFile, place, say } from "./claw.ts";
import { expectValid, textsOf } from "./conversation.ts";
import { expectFailure, expectSentence } from "./failure.ts";

const records = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
const idOf = (log: string | undefined): string => basename(log ?? "", ".jsonl");

describe("claw session", () => {
  test("lists, shows, forks and resumes what a run left, for people and for programs", async () => {
    await using here = await place({ script: [say("One."), say("Two."), say("Three.")] });
    await here.run(["-p", "first"]);
    const id = idOf(here.logs()[0]);
    expect(await here.run(["session", "list"])).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^session .*\n${id} .*first\n$`)) });
    expect(records((await here.run(["session", "list", "--json"])).stdout)).toMatchObject([{ session: id, title: "first", cwd: here.project }]);
    const shown = await here.run(["session", "show", id.slice(0, 20)]);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining("One.") });
    expect(records((await here.run(["--json", "session", "show", "latest"])).stdout).map(({ type }) => type)).toEqual([
      "session",
      "prompt",
      "changed",
      "reply",
      "turn-end",
    ]);
    expect(JSON.parse((await here.run(["session", "resume", id, "--json"])).stdout)).toEqual({ session: id, command: `claw --resume ${id}` });

    expect(await here.run(["session", "resume", id, "second"])).toMatchObject({ code: 0, stdout: "Two.\n" });
    const forked = (await here.run(["session", "fork", id, "--at", "4"])).stdout.trim();
    expect(await here.run(["-p", "third", "-r", forked])).toMatchObject({ code: 0, stdout: "Three.\n" });
    expect(here.sent.map(textsOf)).toEqual([[["first"]], [["first"], ["One."], ["second"]], [["first"], ["One."], ["third"]]]);
    // One system prompt for a session and all that come from it: what is cached stays cached.
    expect(new Set(here.sent.map(({ system }) => system)).size).toBe(1);
  });

  test("goes on in a copy with --fork-session, under an id that was asked for, or nowhere with --no-session-persistence", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const id = "01234567-89ab-7def-8123-456789abcdef";
    await here.run(["-p", "first", "--session-id", id]);
    expect(here.logs().map(idOf)).toEqual([id]);
    const before = readFileSync(here.logs()[0] ?? "", "utf8");
    await here.run(["-c", "-p", "second", "--fork-session"]);
    expect([here.logs().length, readFileSync(here.logs().find((log) => idOf(log) === id) ?? "", "utf8")]).toEqual([2, before]);
    await here.run(["-p", "third", "--no-session-persistence"]);
    expect(here.logs().length).toBe(2);
  });

  test("that is not there, or not meant clearly, is 9 with what to do; mistakes of the command line are 2", async () => {
    await using here = await place({ script: [] });
    await expectFailure(here, ["-p", "hi", "--resume", "0190"], {
      exit: 9,
      code: "SESSION_NOT_FOUND",
      says: "there is no session 0190",
      fix: "claw session list --all",
    });
    await expectFailure(here, ["-c", "-p", "hi"], { exit: 9, code: "SESSION_NOT_FOUND", says: "no session of this folder" });
    await expectFailure(here, ["-p", "hi", "--resume", "./none.jsonl"], { exit: 9, code: "SESSION_NOT_FOUND", says: "none.jsonl" });
    await expectFailure(here, ["-p", "hi", "-c", "-r", "x"], { exit: 2, code: "USAGE", says: "exclude each other" });
    await expectFailure(here, ["-p", "hi", "--fork-session"], { exit: 2, code: "USAGE", says: "--fork-session needs" });
    await expectFailure(here, ["-p", "hi", "--session-id", "mine"], { exit: 2, code: "USAGE", says: "UUID" });
    expectSentence(await here.run(["session", "resume", "0190", "hi"]), { exit: 9, code: "SESSION_NOT_FOUND", says: "0190" });
    expectSentence(await here.run(["session", "shw"]), { exit: 2, code: "USAGE", says: "shw" });
    expect(here.requests).toEqual([]);
  });

  test("of another folder is not this folder's", async () => {
    await using here = await place({ script: () => say("Yes.") });
    await here.run(["-p", "first"]);
    mkdirSync(join(here.root, "other"));
    expect((await here.run(["session", "list", "--json"], { cwd: join(here.root, "other") })).stdout).toBe("");
    expect(records((await here.run(["session", "list", "--all", "--json"], { cwd: join(here.root, "other") })).stdout).length).toBe(1);
  });
});

describe("two processes on one session", () => {
  test("the second is told to wait, with 10, and nothing is lost", async () => {
    await using here = await place({ script: (_request, index) => (index === 0 ? { silent: true } : say("Now me.")) });
    const first = here.start(["-p", "first"]);
    while (here.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const id = idOf(here.logs()[0]);
    await expectFailure(here, ["-p", "second", "-c"], { exit: 10, code: "SESSION_LOCKED", says: id });
    await expectFailure(here, ["-p", "second", "--resume", id], { exit: 10, code: "SESSION_LOCKED", says: id });
    // Looking is no writing.
    expect(await here.run(["session", "show", id])).toMatchObject({ code: 0, stdout: expect.stringContaining("first") });
    first.kill("SIGINT");
    await first.ended;
    expect(await here.run(["-p", "second", "-c"])).toMatchObject({ code: 0, stdout: "Now me.\n" });
    expect(textsOf(here.sent.at(-1)).flat()).toEqual(["first", "second"]);
  });

  test("that begin at once have a session each", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const ran = await Promise.all([1, 2, 3, 4].map((number) => here.run(["-p", `prompt ${number}`])));
    expect([ran.map(({ code }) => code), here.logs().length]).toEqual([[0, 0, 0, 0], 4]);
  });
});

describe("a session log that was cut", () => {
  test("at any byte is resumed with what is whole in it, or is damaged and says so", async () => {
    await using here = await place({
      script: (_request, index) => (index === 0 ? call("read_file", { path: "a.txt" }) : say("Yes.")),
      files: { "a.txt": "what it says\n" },
    });
    await here.run(["-p", "first"]);
    const [log = ""] = here.logs();
    const whole = readFileSync(log);
    const lines = whole.toString("utf8").split("\n");
    const firstLine = Buffer.byteLength(lines[0] ?? "") + 1;
    const ends = lines.slice(0, -1).map((_line, index) => Buffer.byteLength(`${lines.slice(0, index + 1).join("\n")}\n`));
    // Around each end of a line, and inside each line.
    const points = [...new Set([...ends.flatMap((end) => [end - 1, end]), ...ends.map((end, index) => Math.floor((end + (ends[index - 1] ?? 0)) / 2))])]
      .filter((point) => point >= firstLine)
      .sort((a, b) => a - b);
    expect(points.length).toBeGreaterThan(15);
    for (const point of points) {
      writeFileSync(log, whole.subarray(0, point));
      const asked = here.sent.length;
      const ran = await here.run(["-c", "-p", "and now?"]);
      expect([point, ran.code, ran.stdout, ran.stderr.includes("    at ")]).toEqual([point, 0, "Yes.\n", false]);
      expectValid(here.sent[asked]);
      expect(textsOf(here.sent[asked]).at(-1)?.at(-1)).toBe("and now?");
      // Every line that was whole before is still there.
      const kept = whole.subarray(0, ends.findLast((end) => end <= point) ?? 0);
      expect(readFileSync(log).subarray(0, kept.length).equals(kept)).toBe(true);
    }
    for (const point of [1, Math.floor(firstLine / 2), firstLine - 2]) {
      writeFileSync(log, whole.subarray(0, point));
      const ran = await here.run(["--resume", idOf(log), "-p", "and now?"]);
      expectSentence(ran, { exit: ran.code === 9 ? 9 : 11, code: "(SESSION_DAMAGED|SESSION_NOT_FOUND)" });
    }
  });

  test("in its middle is damaged: it names the line, and a copy up to there goes on", async () => {
    await using here = await place({ script: () => say("Yes.") });
    await here.run(["-p", "first"]);
    const [log = ""] = here.logs();
    const lines = readFileSync(log, "utf8").split("\n");
    writeFileSync(log, [...lines.slice(0, 3), '{"seq": 3, "broken', ...lines.slice(3)].join("\n"));
    await expectFailure(here, ["-c", "-p", "and now?"], { exit: 11, code: "SESSION_DAMAGED", says: "line 4" });
    expect(await here.run(["session", "fsck", idOf(log)])).toMatchObject({ code: 11 });
    const json = await here.run(["session", "show", idOf(log), "--json"]);
    expect(json.code).toBe(11);
    expect(records(json.stdout).at(-1)).toMatchObject({ type: "error", code: "SESSION_DAMAGED", exit_code: 11 });
  });

  test("by somebody who wrote nonsense into it is damaged, whatever it is, and never a stack or a hang", async () => {
    await using here = await place({ script: () => say("Yes.") });
    await here.run(["-p", "first"]);
    const [log = ""] = here.logs();
    const [header = ""] = readFileSync(log, "utf8").split("\n");
    for (const text of [
      "",
      "\n\n\n",
      "[]\n",
      "null\n",
      `${header}\nnull\n{}\n`,
      `${header}\n{"seq":1,"type":"prompt","at":"x","content":5}\n{"seq":2,"type":"reply"}\n{"seq":3}\n`,
      "\u0000".repeat(4_096),
      `${"[".repeat(100_000)}\n`,
    ]) {
      writeFileSync(log, text);
      const ran = await here.run(["--resume", idOf(log), "-p", "and now?"]);
      expect([text.slice(0, 40), ran.code === 0 || ran.code === 9 || ran.code === 11, /^\s+at |INTERNAL/m.test(ran.stderr)]).toEqual([
        text.slice(0, 40),
        true,
        false,
      ]);
    }
  });
});

describe("a disk that takes no more", () => {
  /** No file may become larger than so many blocks of 512 bytes; the shell must ignore the signal that comes with it. */
  const atMost = (blocks: number): RunOptions => ({ through: ["sh", "-c", `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`, "sh"] });

  test("from the beginning ends the run before anything is asked", async () => {
    await using here = await place({ script: () => say("never") });
    await expectFailure(here, ["-p", "hi"], { exit: 1, code: "SESSION_WRITE_FAILED", says: "cannot write" }, atMost(0));
    expect(here.requests).toEqual([]);
  });

  test("in the middle of a turn ends it in a sentence, and everything that was shown is there when there is room again", async () => {
    await using here = await place({ script: (_request, index) => (index < 2 ? say(`Answer ${index}. ${"x".repeat(2_000)}`) : say("Here again.")) });
    await here.run(["-p", "first"]);
    const [log = ""] = here.logs();
    const before = readFileSync(log, "utf8");
    const ran = await here.run(["-c", "-p", "second"], atMost(Math.ceil((before.length + 600) / 512)));
    expectSentence(ran, { exit: 1, code: "SESSION_WRITE_FAILED", says: "cannot write" });
    expect(ran.stdout).toBe("");
    expect(readFileSync(log, "utf8").startsWith(before)).toBe(true);
    expect(await here.run(["-c", "-p", "and now?"])).toMatchObject({ code: 0, stdout: "Here again.\n" });
    expectValid(here.sent.at(-1));
    expect(textsOf(here.sent.at(-1)).flat()).toEqual(expect.arrayContaining(["first", "second", "and now?"]));
  });

  test.runIf(existsSync("/dev/full"))("for standard output is a failure, and for standard error none", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const into = (redirection: string): RunOptions => ({ through: ["sh", "-c", `exec "$@" ${redirection} /dev/full`, "sh"] });
    for (const argv of [
      ["-p", "hi"],
      ["-p", "hi", "--output-format", "json"],
      ["ext", "list"],
      ["doctor", "--json"],
    ]) {
      expectSentence(await here.run(argv, into(">")), { exit: 1, code: "OUTPUT_FAILED", says: "the disk is full" });
    }
    expect(await here.run(["-p", "hi"], into("2>"))).toMatchObject({ code: 0, stdout: "Yes.\n" });
  });
});

describe("a folder that cannot be written", () => {
  const isRoot = process.getuid?.() === 0;
  /** Root may write everywhere: it becomes somebody else, who must be able to read the checkout. */
  const asNobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const [command = "", ...rest] = [...asNobody, process.execPath, clawFile, "--version"];
  const canLoseRights = process.platform !== "win32" && spawnSync(command, rest, { env: {} }).status === 0;

  function withoutRights(here: Place): RunOptions {
    for (const folder of [here.root, here.project, here.home]) if (isRoot && existsSync(folder)) chownSync(folder, 65_534, 65_534);
    return { through: asNobody };
  }

  test("for sessions ends the run before anything is asked, and says how to go without", async () => {
    await using here = await place({ script: () => say("Yes.") });
    mkdirSync(here.home);
    writeFileSync(join(here.home, "state"), "a file where a folder belongs");
    await expectFailure(here, ["-p", "hi"], { exit: 1, code: "SESSION_WRITE_FAILED", fix: /--session-dir/ });
    expect(here.requests).toEqual([]);
    expect(await here.run(["-p", "hi", "--no-session-persistence"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
  });

  test.runIf(canLoseRights)("as it is read-only does the same", async () => {
    await using here = await place({ script: () => say("Yes.") });
    mkdirSync(here.home);
    const options = withoutRights(here);
    chmodSync(here.home, 0o555);
    await expectFailure(here, ["-p", "hi"], { exit: 1, code: "SESSION_WRITE_FAILED", says: "permission is denied", fix: "--no-session-persistence" }, options);
    expect(await here.run(["-p", "hi", "--no-session-persistence"], options)).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect((await here.run(["doctor"], options)).stdout).toContain("NOT WRITABLE");
    chmodSync(here.home, 0o755);
  });

  test.runIf(canLoseRights)("or instructions that cannot be read stop nobody, and the model is told", async () => {
    await using here = await place({ script: () => say("Yes."), files: { "AGENTS.md": "the secret rules" } });
    const options = withoutRights(here);
    chmodSync(join(here.project, "AGENTS.md"), 0o000);
    expect(await here.run(["-p", "hi"], options)).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(here.sent[0]?.system).toMatch(/AGENTS\.md[^]*\[not read: /);
  });

  test.runIf(canLoseRights)("as the project is read-only is told to the model", async () => {
    await using here = await place({ script: [call("write_file", { path: "made.txt", content: "x" }), say("It cannot be written.")] });
    const options = withoutRights(here);
    chmodSync(here.project, 0o555);
    expect(await here.run(["-p", "make a file", "--permission-mode", "allow"], options)).toMatchObject({ code: 0, stdout: "It cannot be written.\n" });
    expect(here.sent[1]?.turns.at(-1)?.blocks).toMatchObject([{ type: "tool-result", failed: true, blocks: [{ text: expect.stringContaining("made.txt") }] }]);
    chmodSync(here.project, 0o755);
  });
});

describe("instruction files", () => {
  test("that are enormous are cut, that cannot be read are left out, and the model is told of both", async () => {
    await using here = await place({ script: () => say("Yes.") });
    here.write("AGENTS.md", `Begin here.\n${"All work and no play.\n".repeat(100_000)}`);
    const ran = await here.run(["-p", "hi"]);
    expect(ran).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(here.sent[0]?.system).toContain("Begin here.");
    expect(here.sent[0]?.system).toMatch(/\[cut: these are the first \d+ of 2200012 bytes; read the file for the rest\]/);
    expect(Buffer.byteLength(here.sent[0]?.system ?? "")).toBeLessThan(200_000);

    await using other = await place({ script: () => say("Yes.") });
    mkdirSync(join(other.project, "AGENTS.md"));
    expect(await other.run(["-p", "hi"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(other.sent[0]?.system).toContain("[not read: it is a folder]");
    await using third = await place({ script: () => say("Yes.") });
    third.write("AGENTS.md", Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]));
    expect(await third.run(["-p", "hi"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
  });

  test("that lead out of the project by a link or an import bring nothing from there", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const secret = join(here.root, "user/secret.txt");
    writeFileSync(secret, "the secret");
    here.write("AGENTS.md", `See @${secret} and @../user/secret.txt\n`);
    await here.run(["-p", "hi"]);
    expect(here.sent[0]?.system).not.toContain("the secret");
  });
});

test("secrets in session files, 600 in a year of ~/.claude: a log is for its owner's eyes, and holds no key", async () => {
  await using here = await place({ script: [call("bash", { command: "cat key.txt" }), say("Yes.")], files: { "key.txt": "not-a-real-key\n" } });
  await here.run(["-p", "show the key"]);
  const [log = ""] = here.logs();
  expect((statSync(log).mode & 0o777).toString(8)).toBe("600");
  expect((statSync(dirname(log)).mode & 0o777).toString(8)).toBe("700");
  expect(readFileSync(log, "utf8")).not.toContain("not-a-real-key");
});

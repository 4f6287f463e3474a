import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Place, call, clawFile, place, say } from "../../test/e2e/claw.ts";

const root = join(import.meta.dirname, "../..");
const templates = join(root, "marketplace/templates");

interface Package {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly bin?: Readonly<Record<string, string>> | string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const packageIn = (folder: string): Package => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;

/** claw's own packages as npm publishes them: what `files` names and nothing else. */
const published: Readonly<Record<string, string>> = { "@claw/kernel": join(root, "kernel"), "@claw/testing": join(root, "test") };

/** A template where a stranger has it: outside of the repository, with what npm would install beside it. */
function copied(here: Place, name: string): string {
  const folder = join(here.root, `my-${name}`);
  cpSync(join(templates, name), folder, { recursive: true });
  const modules = join(folder, "node_modules");
  const install = (dependency: string): void => {
    const target = join(modules, dependency);
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    const own = published[dependency];
    if (own === undefined) return symlinkSync(join(root, "node_modules", dependency), target);
    for (const file of ["package.json", ...packageIn(own).files])
      if (existsSync(join(own, file))) cpSync(join(own, file), join(target, file), { recursive: true });
    for (const needed of Object.keys(packageIn(own).dependencies ?? {})) install(needed);
  };
  for (const dependency of Object.keys(packageIn(folder).devDependencies)) install(dependency);
  return folder;
}

/** Runs a script of the template's package.json as npm does: programs of what is installed, and claw, which the author has on the PATH. */
function script(folder: string, name: string): { readonly status: number | null; readonly output: string } {
  let output = "";
  for (const command of (packageIn(folder).scripts[name] ?? "").split(" && ")) {
    const [program = "", ...words] = command.split(" ");
    const { status, stdout, stderr } = spawnSync(process.execPath, [program === "claw" ? clawFile : installed(folder, program), ...words], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1" },
    });
    output += `${stdout}${stderr}`;
    if (status !== 0) return { status, output };
  }
  return { status: 0, output };
}

function installed(folder: string, program: string): string {
  const owner = { tsc: "typescript" }[program] ?? program;
  const { bin = {} } = packageIn(join(folder, "node_modules", owner));
  return join(folder, "node_modules", owner, typeof bin === "string" ? bin : (bin[program] ?? ""));
}

/** What each script has to say. */
const said: Readonly<Record<string, RegExp>> = { check: /no problems, no warnings/, test: /[1-9] passed/, build: /-1\.0\.0\.tgz/ };

/** The template built with its own scripts. */
function built(here: Place, name: string): string {
  const folder = copied(here, name);
  for (const step of ["check", "test", "build"]) {
    const { status, output } = script(folder, step);
    expect([step, status, output]).toEqual([step, 0, expect.stringMatching(said[step] ?? /^/)]);
  }
  return folder;
}

/** What the model was told of the last call. */
const told = (here: Place): unknown => here.sent.at(-1)?.turns.at(-1)?.blocks[0];

test("a stranger builds the tool from its template, and a model calls it", async () => {
  await using here = await place({ script: [call("count_file", { path: "a.txt", unit: "words" }), say("Three words.")], files: { "a.txt": "one two\nthree" } });
  const folder = built(here, "tool");
  expect(await here.run(["--dev", folder, "-p", "count"])).toMatchObject({ code: 0, stdout: "Three words.\n" });
  expect(told(here)).toEqual({ type: "tool-result", call: "toolu_1", failed: false, blocks: [{ type: "text", text: "3 words" }] });
});

test("a stranger builds the classifier from its template: what it asks about is denied where nobody can be asked", async () => {
  await using here = await place({
    script: [
      call("write_file", { path: "guarded/a.txt", content: "x" }),
      say("Refused."),
      call("write_file", { path: "free.txt", content: "x" }),
      say("Done."),
    ],
  });
  const folder = built(here, "classifier");
  mkdirSync(join(here.home, "config"), { recursive: true });
  writeFileSync(
    join(here.home, "config/settings.json"),
    JSON.stringify({ config: { "acme/protected-paths": { protected: [join(here.project, "guarded")] } } }),
  );
  const ran = await here.run(["--dev", folder, "-p", "write", "--permission-mode", "workspace-write"]);
  expect(ran).toMatchObject({ code: 0, stdout: "Refused.\n", stderr: expect.stringContaining(`${join(here.project, "guarded/a.txt")} is protected`) });
  expect(here.exists("guarded/a.txt")).toBe(false);
  expect(await here.run(["--dev", folder, "-p", "write", "--permission-mode", "workspace-write"])).toMatchObject({ code: 0, stdout: "Done.\n" });
  expect(here.read("free.txt")).toBe("x");
});

test("a stranger builds the provider from its template, and it answers a prompt", async () => {
  await using here = await place();
  const folder = built(here, "provider");
  const bodies: unknown[] = [];
  const chunk = (delta: object, finish_reason: string | null = null): string => `data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`;
  const server = createServer(async (request, response) => {
    bodies.push([request.url, JSON.parse(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString("utf8"))]);
    response
      .writeHead(200, { "content-type": "text/event-stream" })
      .end(`${chunk({ content: "It is " })}${chunk({ content: "four." })}${chunk({}, "stop")}data: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const settings = JSON.stringify({ config: { "acme/local-model": { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } } });
    expect(await here.run(["--dev", folder, "--settings", settings, "--model", "local/default", "-p", "2 + 2?"])).toMatchObject({
      code: 0,
      stdout: "It is four.\n",
    });
    expect(bodies).toMatchObject([
      ["/v1/chat/completions", { model: "default", stream: true, messages: [{ role: "system" }, { role: "user", content: "2 + 2?" }] }],
    ]);
  } finally {
    server.close();
  }
});

describe("the README's classifier in five minutes", () => {
  const [, section = ""] = /## A classifier in five minutes\n([^]*?)\n## /.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const blocks = [...section.matchAll(/```(?:ts)?\n([^]*?)```/g)].map(([, text = ""]) => text);

  test("is the template, line by line", () => {
    const [copying = "", code = "", tests = ""] = blocks;
    expect(copying).toBe("cp -r marketplace/templates/classifier my-classifier\n");
    expect(readFileSync(join(templates, "classifier/src/index.ts"), "utf8")).toContain(code);
    const written = readFileSync(join(templates, "classifier/test/protected-paths.test.ts"), "utf8")
      .split("\n")
      .map((line) => line.trim());
    const wanted = tests
      .trim()
      .split("\n")
      .map((line) => line.trim());
    const at = written.indexOf(wanted[0] ?? "");
    expect(written.slice(at, at + wanted.length)).toEqual(wanted);
  });

  test("and what it says of the template's folder is there", () => {
    for (const [, file = ""] of section.matchAll(/`((?:src\/)?[a-z]+\.(?:json|ts))`/g))
      expect([file, existsSync(join(templates, "classifier", file))]).toEqual([file, true]);
  });
});

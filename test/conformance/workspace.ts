import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { execFileSync } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, readFile, readdir, readlink, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

/** A workspace over real files, which the suite also touches by itself. */
export interface WorkspaceSubject extends AsyncDisposable {
  readonly workspace: Workspace;
  /** The folder that holds the files asked for, as a real path. */
  readonly root: string;
}

interface Stage extends WorkspaceSubject {
  readonly call: CallScope;
  /** A folder beside the root whose name begins like it; holds `secret.txt`. */
  readonly sibling: string;
  /** A folder somewhere else; holds `secret.txt`. */
  readonly elsewhere: string;
}

export interface WorkspaceConformance {
  readonly name: string;
  /** False only for a stand-in that says it does not read `.gitignore`: what a listing leaves out because of it is then not asked for. */
  readonly readsIgnoreFiles?: boolean;
  make(files: Readonly<Record<string, string>>): Promise<WorkspaceSubject>;
}

/** The contract of the service `workspace`: every implementation runs it. */
export function workspaceConformance({ name, readsIgnoreFiles = true, make }: WorkspaceConformance): void {
  const stage = async (files: Readonly<Record<string, string>> = {}): Promise<Stage> => {
    const setting = await make(files);
    const sibling = `${setting.root}-evil`;
    const elsewhere = await realpath(await mkdtemp(join(tmpdir(), "elsewhere-")));
    await mkdir(sibling);
    for (const folder of [sibling, elsewhere]) await writeFile(join(folder, "secret.txt"), "secret");
    return {
      workspace: setting.workspace,
      root: setting.root,
      sibling,
      elsewhere,
      call: { session: "s", cwd: setting.root, roots: [setting.root], signal: new AbortController().signal },
      async [Symbol.asyncDispose]() {
        for (const folder of [sibling, elsewhere]) await rm(folder, { recursive: true });
        await setting[Symbol.asyncDispose]();
      },
    };
  };

  describe(`${name}: reading`, () => {
    test("a file is read with its version and mode, by relative and by absolute path", async () => {
      await using at = await stage({ "a/b.txt": "hello" });
      await chmod(join(at.root, "a/b.txt"), 0o640);
      const { mtimeMs } = await stat(join(at.root, "a/b.txt"));
      const expected = {
        path: join(at.root, "a/b.txt"),
        bytes: Buffer.from("hello"),
        version: { size: 5, mtimeMs, digest: "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" },
        mode: 0o640,
      };
      for (const path of ["a/b.txt", "./a/../a//b.txt", join(at.root, "a/b.txt"), "nowhere/../a/b.txt"]) {
        const { bytes, ...rest } = await at.workspace.read(path, at.call);
        expect({ ...rest, bytes: Buffer.from(bytes) }).toEqual(expected);
      }
    });

    test("text is decoded as UTF-8, without its byte order mark", async () => {
      await using at = await stage({ "a.txt": "\uFEFFgrüße" });
      expect(await at.workspace.readText("a.txt", at.call)).toBe("grüße");
    });

    test("what is no regular file is refused without waiting for it", async () => {
      await using at = await stage();
      execFileSync("mkfifo", [join(at.root, "fifo")]);
      await using server = createServer();
      await new Promise<void>((resolve) => void server.listen(join(at.root, "socket"), resolve));
      const call = { ...at.call, allowed: ["/dev/null", "/dev/zero"] };
      for (const path of ["fifo", "socket", ".", "/dev/null", "/dev/zero"]) {
        expect(await codeOf(at.workspace.read(path, call)), path).toBe("PATH_NOT_FILE");
        expect(await codeOf(at.workspace.write(path, Buffer.from("x"), call)), path).toBe("PATH_NOT_FILE");
      }
    });

    test("a file over the limit is refused with both sizes", async () => {
      await using at = await stage({ "a.txt": "123456" });
      const error = await errorOf(at.workspace.read("a.txt", at.call, { maxBytes: 5 }));
      expect([error.code, error.data]).toEqual(["PATH_TOO_LARGE", { path: join(at.root, "a.txt"), bytes: 6, maxBytes: 5 }]);
      expect((await at.workspace.read("a.txt", at.call, { maxBytes: 6 })).bytes.length).toBe(6);
    });

    test("a missing file, a file used as a folder and links in a circle are not found", async () => {
      await using at = await stage({ "a.txt": "" });
      await symlink("y", join(at.root, "x"));
      await symlink("x", join(at.root, "y"));
      for (const path of ["b.txt", "no/such/folder/b.txt", "a.txt/b", "x", "x/b"]) expect(await codeOf(at.workspace.read(path, at.call)), path).toBe("PATH_NOT_FOUND");
    });

    test("a path with a control character, half a character or nothing in it is refused", async () => {
      await using at = await stage({ "a.txt": "" });
      for (const path of ["", "a.txt\0", "a\n.txt", "a\u001b[31m.txt", "\u0085", "a\ud800"]) {
        for (const attempt of [at.workspace.read(path, at.call), at.workspace.write(path, Buffer.from(""), at.call), at.workspace.locate(path, at.call), listed(at.workspace, path, at.call)]) {
          expect(await codeOf(attempt), JSON.stringify(path)).toBe("PATH_INVALID");
        }
      }
    });

    test("an aborted call ends with the abort's reason", async () => {
      await using at = await stage({ "a.txt": "" });
      const reason = new Error("enough");
      const call = { ...at.call, signal: AbortSignal.abort(reason) };
      for (const attempt of [at.workspace.read("a.txt", call), at.workspace.write("a.txt", Buffer.from(""), call), listed(at.workspace, ".", call)]) await expect(attempt).rejects.toBe(reason);
    });

    test("hundreds of files are read at once", async () => {
      const names = Array.from({ length: 300 }, (_, index) => `f${index}.txt`);
      await using at = await stage(Object.fromEntries(names.map((file) => [file, file])));
      expect(await Promise.all(names.map((file) => at.workspace.readText(file, at.call)))).toEqual(names);
    });
  });

  describe(`${name}: confinement`, () => {
    const escapes: readonly (readonly [string, (at: Stage) => Promise<string> | string])[] = [
      ["an absolute path", (at) => join(at.elsewhere, "secret.txt")],
      ["a folder whose name begins like ours", (at) => join(at.sibling, "secret.txt")],
      ["the same with ..", (at) => `../${at.sibling.slice(dirname(at.sibling).length + 1)}/secret.txt`],
      [".. through a folder of ours", (at) => join(at.root, "inner").concat(`/../../${at.sibling.slice(dirname(at.sibling).length + 1)}/secret.txt`)],
      [".. above the root of the disk", (at) => `${"../".repeat(40)}${at.elsewhere.slice(1)}/secret.txt`],
      ["a link to a file", async (at) => linked(at, "out.txt", join(at.elsewhere, "secret.txt"))],
      ["a link to a folder", async (at) => `${await linked(at, "out", at.elsewhere)}/secret.txt`],
      ["a link in a folder", async (at) => `${await linked(at, "inner/deep/out", at.elsewhere)}/secret.txt`],
      ["a relative link", async (at) => linked(at, "inner/out.txt", `../../${at.sibling.slice(dirname(at.sibling).length + 1)}/secret.txt`)],
      ["a link to a link", async (at) => (await linked(at, "first", at.elsewhere), `${await linked(at, "second", "first")}/secret.txt`)],
      ["a link to the folder around ours", async (at) => `${await linked(at, "up", "..")}/${at.sibling.slice(dirname(at.sibling).length + 1)}/secret.txt`],
      ["a link whose target has .. after a link", async (at) => (await linked(at, "out", at.elsewhere), linked(at, "again.txt", "out/../" + at.elsewhere.slice(dirname(at.elsewhere).length + 1) + "/secret.txt"))],
      ["a link to the root of the disk", async (at) => `${await linked(at, "slash", "/")}${at.elsewhere}/secret.txt`],
      ["a link into the process's own files", async (at) => (await linked(at, "self", "/proc/self/root"), `self${at.elsewhere}/secret.txt`)],
    ];

    test.each(escapes)("%s leads nowhere", async (_, path) => {
      await using at = await stage({ "inner/a.txt": "" });
      const asked = await path(at);
      expect(await codeOf(at.workspace.read(asked, at.call))).toBe("PATH_OUTSIDE");
      expect(await codeOf(at.workspace.write(asked, Buffer.from("owned"), at.call))).toBe("PATH_OUTSIDE");
      for (const folder of [asked, dirname(asked)]) {
        const found = await listed(at.workspace, folder, at.call).catch((error: unknown) => (ClawError.is(error, "PATH_OUTSIDE") ? [] : Promise.reject(error as Error)));
        expect(found.filter((file) => file !== join(at.root, "inner/a.txt"))).toEqual([]);
      }
      expect((await at.workspace.locate(asked, at.call)).inside).toBe(false);
      for (const folder of [at.sibling, at.elsewhere]) expect([await readdir(folder), await readFile(join(folder, "secret.txt"), "utf8")]).toEqual([["secret.txt"], "secret"]);
    });

    const makings: readonly (readonly [string, (at: Stage) => Promise<string> | string])[] = [
      ["a new file elsewhere", (at) => join(at.elsewhere, "new.txt")],
      ["a new file through a linked folder", async (at) => `${await linked(at, "out", at.elsewhere)}/new.txt`],
      ["new folders through a linked folder", async (at) => `${await linked(at, "out", at.elsewhere)}/new/new/new.txt`],
      ["a link to a file still missing", async (at) => linked(at, "later.txt", join(at.elsewhere, "new.txt"))],
      ["a link to a folder still missing", async (at) => `${await linked(at, "later", join(at.elsewhere, "new"))}/new.txt`],
    ];

    test.each(makings)("%s is not made", async (_, path) => {
      await using at = await stage();
      expect(await codeOf(at.workspace.write(await path(at), Buffer.from("owned"), at.call))).toBe("PATH_OUTSIDE");
      expect(await readdir(at.elsewhere)).toEqual(["secret.txt"]);
    });

    test("the refusal names where a link leads and what would help", async () => {
      await using at = await stage();
      await symlink(at.elsewhere, join(at.root, "out"));
      const error = await errorOf(at.workspace.read("out/secret.txt", at.call));
      expect([error.code, error.data, error.message.includes(join(at.elsewhere, "secret.txt")), error.message.includes(at.root), error.fix?.includes("--add-dir")]).toEqual([
        "PATH_OUTSIDE", { path: join(at.root, "out/secret.txt") }, true, true, true,
      ]);
    });

    test("links that stay inside are followed, and files are located by where they lead", async () => {
      await using at = await stage({ "real/a.txt": "here" });
      await symlink("real", join(at.root, "alias"));
      expect(await at.workspace.readText("alias/a.txt", at.call)).toBe("here");
      const place = (path: string, real: string, kind: string) => expect.objectContaining({ path: join(at.root, path), real: join(at.root, real), inside: true, kind });
      expect(await at.workspace.locate("alias/a.txt", at.call)).toEqual(place("alias/a.txt", "real/a.txt", "file"));
      expect(await at.workspace.locate("alias", at.call)).toEqual(place("alias", "real", "folder"));
      expect(await at.workspace.locate("alias/new/b.txt", at.call)).toEqual(place("alias/new/b.txt", "real/new/b.txt", "missing"));
    });

    test("every root and the scratch folder are inside, also when their own path is a link", async () => {
      await using at = await stage();
      await symlink(at.elsewhere, join(at.sibling, "alias"));
      for (const call of [
        { ...at.call, roots: [at.root, at.elsewhere] },
        { ...at.call, scratch: at.elsewhere },
        { ...at.call, roots: [at.root, join(at.sibling, "alias")] },
      ]) expect(await at.workspace.readText(join(at.elsewhere, "secret.txt"), call)).toBe("secret");
      expect(await codeOf(at.workspace.read(join(at.elsewhere, "secret.txt"), { ...at.call, roots: [at.root, join(at.sibling, "missing")] }))).toBe("PATH_OUTSIDE");
    });

    test("a path that the call's judgement allowed is open to it, and nothing beside it", async () => {
      await using at = await stage();
      const secret = join(at.elsewhere, "secret.txt");
      const call = { ...at.call, allowed: [secret] };
      expect(await at.workspace.readText(secret, call)).toBe("secret");
      expect(await at.workspace.locate(secret, call)).toEqual(expect.objectContaining({ path: secret, real: secret, inside: false, allowed: true, kind: "file" }));
      const { inside, allowed } = await at.workspace.locate(secret, at.call);
      expect([inside, allowed]).toEqual([false, undefined]);
      expect(await codeOf(at.workspace.read(`${secret}.bak`, call))).toBe("PATH_OUTSIDE");
      expect(await codeOf(at.workspace.read(join(at.sibling, "secret.txt"), call))).toBe("PATH_OUTSIDE");
    });

    test("allowing a name inside allows no link out of it; allowing where it leads does", async () => {
      await using at = await stage();
      await symlink(join(at.elsewhere, "secret.txt"), join(at.root, "docs.txt"));
      expect(await codeOf(at.workspace.read("docs.txt", { ...at.call, allowed: [join(at.root, "docs.txt")] }))).toBe("PATH_OUTSIDE");
      expect(await at.workspace.readText("docs.txt", { ...at.call, allowed: [join(at.elsewhere, "secret.txt")] })).toBe("secret");
    });
  });

  describe(`${name}: writing`, () => {
    test("a new file is made with its folders, and its version is that of a read", async () => {
      await using at = await stage();
      const version = await at.workspace.write("a/b/c.txt", Buffer.from("new"), at.call);
      expect(version).toEqual((await at.workspace.read("a/b/c.txt", at.call)).version);
      expect(await readdir(join(at.root, "a/b"))).toEqual(["c.txt"]);
    });

    test("a file is replaced with its mode kept and nothing left beside it", async () => {
      await using at = await stage({ "run.sh": "old" });
      await chmod(join(at.root, "run.sh"), 0o751);
      await at.workspace.write("run.sh", Buffer.from("new"), at.call);
      expect([await readFile(join(at.root, "run.sh"), "utf8"), (await stat(join(at.root, "run.sh"))).mode & 0o7777, await readdir(at.root)]).toEqual(["new", 0o751, ["run.sh"]]);
    });

    test("a link inside is written through and stays a link, also when its target is missing", async () => {
      await using at = await stage({ "real.txt": "old" });
      await symlink("real.txt", join(at.root, "alias.txt"));
      await symlink("later/real.txt", join(at.root, "later.txt"));
      await at.workspace.write("alias.txt", Buffer.from("new"), at.call);
      await at.workspace.write("later.txt", Buffer.from("made"), at.call);
      expect([await readlink(join(at.root, "alias.txt")), await readFile(join(at.root, "real.txt"), "utf8")]).toEqual(["real.txt", "new"]);
      expect([await readlink(join(at.root, "later.txt")), await readFile(join(at.root, "later/real.txt"), "utf8")]).toEqual(["later/real.txt", "made"]);
    });

    test("a hard link to a file elsewhere is cut, not written through", async () => {
      await using at = await stage();
      await link(join(at.elsewhere, "secret.txt"), join(at.root, "hard.txt"));
      await at.workspace.write("hard.txt", Buffer.from("new"), at.call);
      expect([await readFile(join(at.root, "hard.txt"), "utf8"), await readFile(join(at.elsewhere, "secret.txt"), "utf8")]).toEqual(["new", "secret"]);
    });

    test("a version that is no longer there is not replaced", async () => {
      await using at = await stage({ "a.txt": "one" });
      const { version } = await at.workspace.read("a.txt", at.call);
      const second = await at.workspace.write("a.txt", Buffer.from("two"), at.call, { expect: version });
      expect(await codeOf(at.workspace.write("a.txt", Buffer.from("three"), at.call, { expect: version }))).toBe("PATH_CHANGED");
      await writeFile(join(at.root, "a.txt"), "six");
      expect(await codeOf(at.workspace.write("a.txt", Buffer.from("three"), at.call, { expect: second }))).toBe("PATH_CHANGED");
      await rm(join(at.root, "a.txt"));
      expect(await codeOf(at.workspace.write("a.txt", Buffer.from("three"), at.call, { expect: second }))).toBe("PATH_CHANGED");
      expect(await readdir(at.root)).toEqual([]);
    });

    test("a file that was only touched is still the same version", async () => {
      await using at = await stage({ "a.txt": "one" });
      const { version } = await at.workspace.read("a.txt", at.call);
      await writeFile(join(at.root, "a.txt"), "one");
      await at.workspace.write("a.txt", Buffer.from("two"), at.call, { expect: version });
      expect(await readFile(join(at.root, "a.txt"), "utf8")).toBe("two");
    });

    test("of many who make the same new file one succeeds", async () => {
      await using at = await stage();
      const attempts = await Promise.all(Array.from({ length: 8 }, (_, index) => codeOf(at.workspace.write("a.txt", Buffer.from(`${index}`), at.call, { expect: "absent" }))));
      expect(attempts.toSorted()).toEqual([...Array.from({ length: 7 }, () => "PATH_CHANGED"), "none"]);
      expect(await readdir(at.root)).toEqual(["a.txt"]);
      expect(await readFile(join(at.root, "a.txt"), "utf8")).toBe(`${attempts.indexOf("none")}`);
    });

    test("readers meanwhile see the old content or the new, never a part", async () => {
      const contents = ["a".repeat(200_000), "b".repeat(300_000)];
      await using at = await stage({ "a.txt": contents[0] ?? "" });
      const writes = (async () => {
        for (let index = 0; index < 20; index += 1) await at.workspace.write("a.txt", Buffer.from(contents[index % 2] ?? ""), at.call);
      })();
      for (let index = 0; index < 60; index += 1) {
        const text = await at.workspace.readText("a.txt", at.call).catch((error: unknown) => (ClawError.is(error, "PATH_CHANGED") ? contents[0] : Promise.reject(error as Error)));
        expect(contents.includes(text ?? "")).toBe(true);
      }
      await writes;
    });
  });

  describe(`${name}: listing`, () => {
    const tree = {
      ".gitignore": "*.log\n/build/\n!keep.log\n",
      "a.txt": "a", "a.log": "", "keep.log": "", "build/x.js": "", ".hidden/h.txt": "", ".git/config": "", ".git/info/exclude": "excluded.txt\n", "excluded.txt": "",
      "src/.gitignore": "/gen\n!important.log\n", "src/gen/g.ts": "", "src/important.log": "", "src/build/kept.js": "", "src/lib/gen/g.ts": "",
      "vendor/.git/config": "", "vendor/v.log": "",
    };

    test("on request nothing is left out but what belongs to git", async () => {
      await using at = await stage(tree);
      expect(await listed(at.workspace, ".", at.call, true)).toEqual(Object.keys(tree).filter((path) => !path.includes(".git/")).toSorted().map((path) => join(at.root, path)));
      expect(await listed(at.workspace, ".git", at.call, true)).toEqual([]);
    });

    if (readsIgnoreFiles) {
      test("what .gitignore names at any depth is left out", async () => {
        await using at = await stage(tree);
        expect(await listed(at.workspace, ".", at.call)).toEqual(
          [".gitignore", ".hidden/h.txt", "a.txt", "keep.log", "src/.gitignore", "src/build/kept.js", "src/important.log", "src/lib/gen/g.ts", "vendor/v.log"].map((path) => join(at.root, path)),
        );
      });

      test("rules of the folders above hold in a folder, but not for the folder that is asked for", async () => {
        await using at = await stage({ ...tree, "src/lib/b.log": "" });
        expect(await listed(at.workspace, "src/lib", at.call)).toEqual([join(at.root, "src/lib/gen/g.ts")]);
        expect(await listed(at.workspace, "build", at.call)).toEqual([join(at.root, "build/x.js")]);
      });
    }

    test("files come with size and time, under the name the folder was asked by", async () => {
      await using at = await stage({ "real/a.txt": "abc" });
      await symlink("real", join(at.root, "alias"));
      const { mtimeMs } = await stat(join(at.root, "real/a.txt"));
      const files = [];
      for await (const file of at.workspace.list("alias", at.call)) files.push(file);
      expect(files).toEqual([{ path: join(at.root, "alias/a.txt"), size: 3, mtimeMs }]);
    });

    test("links to folders are not followed, links to files are listed when they stay inside", async () => {
      await using at = await stage({ "real/a.txt": "" });
      await symlink("..", join(at.root, "real/cycle"));
      await symlink("a.txt", join(at.root, "real/alias.txt"));
      await symlink(join(at.elsewhere, "secret.txt"), join(at.root, "real/out.txt"));
      await symlink("nothing", join(at.root, "real/broken.txt"));
      expect(await listed(at.workspace, ".", at.call)).toEqual(["real/a.txt", "real/alias.txt"].map((path) => join(at.root, path)));
    });

    test("a file is no folder, and a missing folder is not found", async () => {
      await using at = await stage({ "a.txt": "" });
      for (const path of ["a.txt", "missing"]) expect(await codeOf(listed(at.workspace, path, at.call))).toBe("PATH_NOT_FOUND");
    });

    test("files are handed out while the rest is still looked for", async () => {
      await using at = await stage(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`d${index % 20}/f${index}.txt`, ""])));
      const controller = new AbortController();
      const files = at.workspace.list(".", { ...at.call, signal: controller.signal })[Symbol.asyncIterator]();
      expect((await files.next()).done).toBe(false);
      controller.abort(new Error("enough"));
      await expect((async () => { while ((await files.next()).done !== true); })()).rejects.toThrow("enough");
    });
  });
}

async function linked(at: Stage, path: string, target: string): Promise<string> {
  await mkdir(dirname(join(at.root, path)), { recursive: true });
  await symlink(target, join(at.root, path));
  return path;
}

async function listed(workspace: Workspace, folder: string, call: CallScope, ignored = false): Promise<readonly string[]> {
  const paths = [];
  for await (const { path } of workspace.list(folder, call, { ignored })) paths.push(path);
  return paths.toSorted();
}

async function errorOf(attempt: Promise<unknown>): Promise<ClawError> {
  const error: unknown = await attempt.then(() => undefined, (reason: unknown) => reason);
  if (ClawError.is(error)) return error;
  throw new Error("expected a ClawError", { cause: error });
}

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(() => "none", (error: unknown) => (ClawError.is(error) ? error.code : Promise.reject(error as Error)));

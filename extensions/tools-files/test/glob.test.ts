import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createGlobPattern } from "../src/glob-pattern.ts";
import { failureOf, fileTools } from "./setting.ts";

const matched = async (pattern: string, paths: readonly string[]): Promise<readonly string[]> => {
  const { folder, matches } = await createGlobPattern(pattern);
  return [folder, ...paths.filter((path) => (folder === "." ? matches(path) : path.startsWith(`${folder}/`) && matches(path.slice(folder.length + 1))))];
};

const tree = [
  "a.ts",
  "a.test.ts",
  "b.tsx",
  ".env",
  "src/c.ts",
  "src/x/d.ts",
  "src/x/test/e.go",
  "src/.hidden/f.ts",
  ".github/workflows/ci.yml",
  "app/[id]/page.tsx",
  "app/(group)/page.tsx",
  "app/i/page.tsx",
];

test("patterns mean what they mean in a shell, from the folder before the first wildcard on", async () => {
  expect(await matched("*.ts", tree)).toEqual([".", "a.ts", "a.test.ts"]);
  expect(await matched("./*.{ts,tsx}", tree)).toEqual([".", "a.ts", "a.test.ts", "b.tsx"]);
  expect(await matched("**/*.ts", tree)).toEqual([".", "a.ts", "a.test.ts", "src/c.ts", "src/x/d.ts"]);
  expect(await matched("src/**/test/*.go", tree)).toEqual(["src", "src/x/test/e.go"]);
  expect(await matched("!(*.test).ts", tree)).toEqual([".", "a.ts"]);
  expect(await matched("src/c.ts", tree)).toEqual(["src", "src/c.ts"]);
  expect(await matched("a.ts", tree)).toEqual([".", "a.ts"]);
});

test("hidden files are found by patterns that name a dot", async () => {
  expect(await matched("**/.*", tree)).toEqual([".", ".env"]);
  expect(await matched(".github/**", tree)).toEqual([".github", ".github/workflows/ci.yml"]);
  expect(await matched("{.github,src}/**/*.{yml,ts}", tree)).toEqual([".", "src/c.ts", "src/x/d.ts", "src/.hidden/f.ts", ".github/workflows/ci.yml"]);
});

test("the names of files that may hold secrets are no secret", async () => {
  await using claw = await fileTools({ ".env": "SECRET", "tls/server.pem": "SECRET" });
  expect([await claw.call("glob", { pattern: ".env*" }), await claw.call("glob", { pattern: "**/*.pem" })]).toEqual([".env", "tls/server.pem"]);
});

test("folders in brackets are found by their name, and brackets still mean one of some", async () => {
  expect(await matched("app/[id]/*.tsx", tree)).toEqual(["app", "app/[id]/page.tsx", "app/i/page.tsx"]);
  expect(await matched("app/(group)/page.tsx", tree)).toEqual(["app", "app/(group)/page.tsx"]);
});

test("absolute patterns begin at their own folder", async () => {
  expect([
    (await createGlobPattern("/w/src/**/*.ts")).folder,
    (await createGlobPattern("/*.ts")).folder,
    (await createGlobPattern("/w/a.ts")).folder,
    (await createGlobPattern("../x/*")).folder,
    (await createGlobPattern("~/x/*")).folder,
  ]).toEqual(["/w/src", "/", "/w", "../x", "~/x"]);
});

test("files are found newest first", async () => {
  await using claw = await fileTools({ "src/a.ts": "", "src/b.ts": "", "c.ts": "", "d.js": "" });
  for (const [path, second] of [
    ["src/a.ts", 3],
    ["src/b.ts", 1],
    ["c.ts", 2],
  ] as const)
    await utimes(join(claw.cwd, path), second, second);
  expect(await claw.result("glob", { pattern: "**/*.ts" })).toEqual({
    content: [{ type: "text", text: "src/a.ts\nc.ts\nsrc/b.ts" }],
    details: { paths: ["src/a.ts", "c.ts", "src/b.ts"].map((path) => join(claw.cwd, path)), count: 3 },
  });
  expect(await claw.call("glob", { pattern: "*.ts", path: "src" })).toBe("src/a.ts\nsrc/b.ts");
  expect(await claw.call("glob", { pattern: join(claw.cwd, "src/*.ts") })).toBe("src/a.ts\nsrc/b.ts");
  expect(await claw.call("glob", { pattern: "src/a.ts" })).toBe("src/a.ts");
});

test("of many files the newest hundred are shown and the rest is counted", async () => {
  await using claw = await fileTools(Object.fromEntries(Array.from({ length: 1250 }, (_, index) => [`f${index}.txt`, ""])));
  await utimes(join(claw.cwd, "f7.txt"), 4e9, 4e9);
  const lines = (await claw.call("glob", { pattern: "*" })).split("\n");
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([101, "f7.txt", "[1150 older files match too; a narrower pattern shows them]"]);
});

test("no match says what was not looked at", async () => {
  await using claw = await fileTools({ "a.ts": "" });
  expect(await claw.call("glob", { pattern: "*.go" })).toBe(
    "no file matches *.go; **/*.go looks in the folders below, too; files that .gitignore names were left out",
  );
  expect(await claw.call("glob", { pattern: "nowhere/*.go", ignored: true })).toBe("no file matches nowhere/*.go");
});

test("in a folder outside that was allowed, patterns with folders work", async () => {
  await using claw = await fileTools({ "a.ts": "" });
  const outside = join(claw.cwd, "../outside");
  for (const path of ["x/a.ts", "x/b.js", "y/a.ts"])
    await mkdir(dirname(join(outside, path)), { recursive: true }).then(() => writeFile(join(outside, path), ""));
  expect(await claw.call("glob", { pattern: "x/*.ts", path: outside }, { allowed: [outside] })).toBe(join(outside, "x/a.ts"));
  expect(await failureOf(claw.call("glob", { pattern: "x/*", path: outside }, { allowed: [join(outside, "x")] }))).toMatch(/^PATH_OUTSIDE/u);
});

test("a folder that is missing or outside is refused", async () => {
  await using claw = await fileTools({ "a.ts": "" });
  for (const input of [{ pattern: "/etc/*" }, { pattern: "../*" }, { pattern: "*", path: "/" }, { pattern: "*", path: ".." }])
    expect(await failureOf(claw.call("glob", input))).toMatch(/^PATH_OUTSIDE/u);
  await expect(claw.call("glob", { pattern: "*", path: "missing" })).rejects.toThrow();
});

test("a pattern that leads outside says how to ask for it, and doing so works once it is allowed", async () => {
  await using claw = await fileTools({ "a.ts": "" });
  const outside = join(claw.cwd, "../outside");
  await mkdir(outside).then(() => writeFile(join(outside, "a.ts"), ""));
  for (const pattern of [`${outside}/*.ts`, "../outside/*.ts"])
    expect(await failureOf(claw.call("glob", { pattern }))).toMatch(`give ${outside} as path, so that it can be judged`);
  expect(await claw.call("glob", { pattern: "*.ts", path: outside }, { allowed: [outside] })).toBe(join(outside, "a.ts"));
});

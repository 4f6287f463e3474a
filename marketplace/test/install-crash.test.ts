import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@claw/kernel/host";
import { expect, test } from "vitest";
import { isIntact } from "../src/client/package-folder.ts";
import { fileOf } from "./archive-forgery.ts";
import { filesOf, manifestOf, newKey, sourceOf, temporaryStore, type TemporaryStore } from "./package-source.ts";

const key = newKey();

/** Installs packages that are files, one command after another, and says when each is done. */
const program = `
  import { readFileSync } from "node:fs";
  import { install } from "file://${join(import.meta.dirname, "../src/client/install.ts")}";
  const [store, ...commands] = process.argv.slice(1).map((text) => JSON.parse(text));
  const pem = readFileSync(store.pem, "utf8");
  const sourceOf = (path) => ({ archive: readFileSync(path), bundle: readFileSync(path + ".sigstore.json"), publishers: [{ kind: "key", pem }], marketplace: "m", resolved: path, tier: "trusted", requestedBy: ["user"] });
  console.log("ready");
  for (let round = 0; round < store.rounds; round += 1) {
    for (const paths of commands) await install(paths.map(sourceOf), { store: store.at, now: new Date() }, new AbortController().signal).catch((error) => console.log(error.code));
  }
  console.log("done");`;

/** Starts it, perhaps with no file allowed to grow beyond some kilobytes: the disk is full for whoever writes more. */
function start(store: TemporaryStore, commands: readonly (readonly string[])[], { rounds = 1, maxKilobytes = 0 } = {}): ChildProcess {
  const given = [{ at: store.at, pem: join(store.root, "key.pem"), rounds }, ...commands].map((value) => JSON.stringify(value));
  const argv = ["--conditions=source", "--input-type=module-typescript", "-e", program, "--", ...given];
  return maxKilobytes === 0 ? spawn(process.execPath, argv) : spawn("bash", ["-c", `ulimit -f ${maxKilobytes}; exec "$@"`, "bash", process.execPath, ...argv]);
}

async function outputOf(child: ChildProcess): Promise<readonly string[]> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await once(child, "close");
  return output.trim().split("\n");
}

/** Writes a package of several files to the disk, signed. */
function published(store: TemporaryStore, name: string, version: string, body = "x".repeat(20_000)): string {
  const files = [
    ...filesOf(manifestOf(name, version), `export default "${name} ${version}";\n`),
    ...["a", "b/c", "b/d/e"].map((path) => fileOf(`dist/${path}.mjs`, `// ${version} ${body}`)),
  ];
  const { archive, bundle, publishers } = sourceOf(files, key);
  const path = join(store.root, `${name.replace("/", "+")}-${version}.tgz`);
  writeFileSync(path, archive);
  writeFileSync(`${path}.sigstore.json`, bundle ?? "");
  writeFileSync(join(store.root, "key.pem"), publishers[0]?.pem ?? "");
  return path;
}

/** Opens the store and checks every file of every package that its lock names. */
async function checked(store: TemporaryStore): Promise<readonly string[]> {
  const opened = openStore(store.at);
  const installed = await Promise.all(
    opened.names.map(async (name) => {
      const extension = opened.get(name);
      expect(extension !== undefined && (await isIntact(extension.folder, extension.files)), name).toBe(true);
      return `${name} ${extension?.version ?? ""}`;
    }),
  );
  return installed.sort();
}

test("killed at any moment, an install has happened or has not, and leaves nothing in the way", { timeout: 60_000 }, async () => {
  using store = temporaryStore();
  const commands = ["1.0.0", "1.1.0", "1.2.0"].map((version) => ["acme/a", "acme/b"].map((name) => published(store, name, version)));
  for (let kill = 0; kill < 20; kill += 1) {
    const child = start(store, commands, { rounds: 1000 });
    await once(child.stdout ?? child, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child.kill("SIGKILL");
    await once(child, "close");
    const versions = (await checked(store)).map((each) => each.split(" ")[1]);
    expect(new Set(versions).size, versions.join()).toBeLessThanOrEqual(1);
  }
  expect(await outputOf(start(store, commands))).toEqual(["ready", "done"]);
  expect(await checked(store)).toEqual(["acme/a 1.2.0", "acme/b 1.2.0"]);
  expect(readdirSync(join(store.at.folder, "staging"))).toEqual([]);
  expect(readdirSync(store.at.folder).filter((name) => name.startsWith("commit"))).toEqual([]);
});

test("four processes install at once, some of it the same, and all of it is there", { timeout: 60_000 }, async () => {
  using store = temporaryStore();
  const shared = published(store, "acme/shared", "1.0.0");
  const commands = ["a", "b", "c", "d"].map((letter) => [1, 2, 3, 4, 5].map((number) => [published(store, `acme/${letter}${number}`, "1.0.0"), shared]));
  const said = await Promise.all(commands.map((each) => outputOf(start(store, each))));
  expect(said).toEqual(commands.map(() => ["ready", "done"]));
  expect((await checked(store)).length).toBe(21);
});

test("on a full disk an install fails and the old state stays, wherever the disk is full", { timeout: 60_000 }, async () => {
  using store = temporaryStore();
  expect(await outputOf(start(store, [[published(store, "acme/a", "1.0.0", "")]]))).toEqual(["ready", "done"]);
  const many = Array.from({ length: 40 }, (_, index) => published(store, `acme/many-${index}`, "1.0.0", ""));
  const large = published(store, "acme/large", "1.0.0", "x".repeat(60_000));
  const lock = readFileSync(join(store.at.folder, "claw.lock"), "utf8");
  // A file of a package; the index of manifests; the lock.
  for (const [paths, maxKilobytes] of [
    [[large], 20],
    [many, 4],
    [many, 16],
  ] as const) {
    expect(await outputOf(start(store, [paths], { maxKilobytes })), `${maxKilobytes}`).toEqual(["ready", "PATH_UNWRITABLE", "done"]);
    expect(readFileSync(join(store.at.folder, "claw.lock"), "utf8")).toBe(lock);
    expect(await checked(store)).toEqual(["acme/a 1.0.0"]);
  }
  expect(await outputOf(start(store, [[...many, large]]))).toEqual(["ready", "done"]);
  expect((await checked(store)).length).toBe(42);
});

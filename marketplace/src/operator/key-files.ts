import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { ClawError, writing } from "@claw/kernel/host";

/** A private key from a PEM file that only its owner may read. */
export async function readPrivateKey(path: string): Promise<KeyObject> {
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new ClawError(
      isAbsent ? "PATH_NOT_FOUND" : "PATH_UNREADABLE",
      isAbsent ? `there is no key at ${path}` : `the key ${path} cannot be read`,
      { path },
      { cause, fix: isAbsent ? `claw ext sign --new-key ${path}` : "name the PEM file of a private key" },
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new ClawError(
      "E_SIG_TYPE",
      `${path} holds no private key that can be read without a passphrase`,
      {},
      { cause, fix: "openssl genpkey -algorithm ed25519 -out KEY.pem" },
    );
  }
}

export const publicPemOf = (key: KeyObject): string => createPublicKey(key).export({ type: "spki", format: "pem" }).toString();

/** A new key, which is nowhere yet. */
export const newKey = (type: "ed25519" | "p256" = "ed25519"): KeyObject =>
  (type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })).privateKey;

/** Writes a key so that nobody else may read it, and `<name>.pub.pem` beside it. A file that is there is not touched. */
export async function saveKey(path: string, key: KeyObject): Promise<void> {
  refuseKey(path);
  await writing(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, key.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 });
    await writeFile(publicPathOf(path), publicPemOf(key), { mode: 0o644 });
  });
}

export function refuseKey(path: string): void {
  if (existsSync(path))
    throw new ClawError("PATH_UNWRITABLE", `${path} is there already, and a key is never written over`, { path }, { fix: "name another file" });
}

export const publicPathOf = (path: string): string => path.replace(/(?:\.pem)?$/, ".pub.pem");

/** Refuses to keep private keys in what is published. */
export async function refuseInside(keys: string, marketplace: string): Promise<void> {
  const inside = relative(await real(marketplace), await real(keys));
  if (inside !== "" && (inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside)) return;
  throw new ClawError(
    "PATH_INVALID",
    `${keys} lies in the folder that is published, and private keys do not`,
    { path: keys },
    { fix: "--keys FOLDER, somewhere else" },
  );
}

/** The real path of what is there, and of what is not below it. */
async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(resolve(path));
    return parent === resolve(path) ? parent : join(await real(parent), basename(path));
  }
}

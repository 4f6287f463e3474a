import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "../errors.ts";

/** Where a store is. The bundled one is part of the program and has no seal: whoever can write it can write the program. */
export type StoreLocation =
  | { readonly kind: "bundled"; readonly folder: string }
  | { readonly kind: "user"; readonly folder: string; readonly sealKeyFile: string };

/** The text of a document of a store from its body, JSON of an object: the seal comes last. */
export function sealed(body: string, name: string, at: StoreLocation): string {
  if (at.kind === "bundled") return `${body}\n`;
  const open = body.slice(0, -1);
  return `${open},"seal":"${macOf(Buffer.from(open), name, at.sealKeyFile)}"}\n`;
}

/** The bytes of a file of a store; `undefined` where there is none. */
export function bytesOf(at: StoreLocation, name: string): Buffer | undefined {
  const path = join(at.folder, name);
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ClawError("E_STORE_UNSAFE", `${path} cannot be read`, { path }, { cause });
  }
}

const tail = /^,"seal":"([A-Za-z0-9+/]{43}=)"\}\n$/;
const tailLength = `,"seal":"${"x".repeat(44)}"}\n`.length;

/**
 * The body of a document of a store; `undefined` where there is none. The seal is checked over the bytes before anything parses them: what
 * it holds for was written by `sealed`, so the engine's own parser may read it, and start has no time for a slower one.
 */
export function openSealed(at: StoreLocation, name: string): string | undefined {
  const bytes = bytesOf(at, name);
  if (bytes === undefined || at.kind === "bundled") return bytes?.toString("utf8").trimEnd();
  const path = join(at.folder, name);
  const open = bytes.subarray(0, Math.max(0, bytes.length - tailLength));
  const seal = tail.exec(bytes.toString("latin1", open.length))?.[1];
  if (seal === undefined || !timingSafeEqual(Buffer.from(macOf(open, name, at.sealKeyFile)), Buffer.from(seal))) {
    throw new ClawError("E_SEAL", `${path} was changed by something other than claw`, { path }, { fix: "claw ext verify" });
  }
  return `${open.toString("utf8")}}`;
}

/**
 * The body of a document whose seal does not hold, for a person to look at: nobody vouches for it. Undefined where there is no such document,
 * or its seal holds.
 */
export function unsealed(at: StoreLocation, name: string): string | undefined {
  try {
    openSealed(at, name);
    return undefined;
  } catch (error) {
    if (!ClawError.is(error, "E_SEAL")) throw error;
  }
  const text = bytesOf(at, name)?.toString("utf8");
  if (text === undefined) return undefined;
  return tail.test(text.slice(-tailLength)) ? `${text.slice(0, -tailLength)}}` : text.trimEnd();
}

/** The code of a body that ends before its last brace. The document's name enters it, so that none passes for another. */
const macOf = (body: Uint8Array, name: string, keyFile: string): string =>
  createHmac("sha256", keyOf(keyFile)).update(`${name}\n`).update(body).update("}").digest("base64");

/** As long as what the code makes of it. */
export const sealKeyBytes = 32;

function keyOf(path: string): Uint8Array {
  try {
    const key = readFileSync(path);
    if (key.length >= sealKeyBytes) return key;
  } catch (cause) {
    throw new ClawError("E_SEAL", `${path}, the key that seals the installed extensions, cannot be read`, { path }, { cause, fix: "claw ext verify" });
  }
  throw new ClawError("E_SEAL", `${path}, the key that seals the installed extensions, is too short`, { path }, { fix: "claw ext verify" });
}

/** Parses what its seal, its digest or its place vouches for. */
export function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

export const damaged = (path: string, cause?: unknown): ClawError =>
  new ClawError("E_LOCK_INTEGRITY", `${path} is not what claw wrote`, { path }, { cause, fix: damagedFix });

export const damagedFix = "remove it, and add again what it had; where it is claw's own, install claw again";

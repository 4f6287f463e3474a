import { hash } from "node:crypto";
import type { Pin } from "@claw/kernel/host";

/** The size and digest by which a signed document names another. */
export const pinOf = (bytes: Uint8Array): Pin => ({ size: bytes.length, sha256: hash("sha256", bytes, "base64") });

export const isPinned = (bytes: Uint8Array, { size, sha256 }: Pin): boolean => bytes.length === size && hash("sha256", bytes, "base64") === sha256;

/** `sha256-…` of an index as it was published: what the next one calls `previous`. */
export const digestOf = (bytes: Uint8Array): string => `sha256-${hash("sha256", bytes, "base64")}`;

/** The beginning of a digest that makes a file's name, so that a reader of an old index never meets a new file. */
const short = ({ sha256 }: Pin): string => sha256.slice(0, 16).replaceAll("+", "-").replaceAll("/", "_");

/** Where the versions of an extension are, when the index does not say otherwise. */
export const manifestPathOf = (name: string, pin: Pin): string => `${name}/manifest.${short(pin)}.json`;

export const searchPathOf = (pin: Pin): string => `search.${short(pin)}.json`;

import { randomBytes, timingSafeEqual } from "node:crypto";

/** What tells the answer to this login from every other request: 32 random bytes. */
export const newState = (): string => randomBytes(32).toString("base64url");

/** Compares in a time that tells nothing of where they differ. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

import { ClawError } from "@claw/kernel/host";
import validRange from "semver/ranges/valid.js";

/** Refuses a range of versions that says nothing to anybody, such as `1.x.y.z`: it would fit no version, and nobody would know why. */
export function checkRange(range: string, of: string): void {
  if (validRange(range) === null)
    throw new ClawError("E_VERSION", `${of}: ${JSON.stringify(range)} is no range of versions`, { version: range }, { fix: "write it as ^1.2.0" });
}

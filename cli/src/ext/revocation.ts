import { ClawError, type InstalledExtension, openStore, readTrust, revocationOf, type Trust } from "@claw/kernel/host";
import type { Boot } from "../boot.ts";
import { bundledStore, userStoreOf } from "../paths.ts";

/** What is known against installed packages, in words: `malicious: steals keys`; undefined where nothing is. */
export function revocationTexts({ folders }: Pick<Boot, "folders">): (packed: InstalledExtension | undefined) => string | undefined {
  const revoked = [...openStore(bundledStore).trust.revoked, ...ownRevocations(folders)];
  return (packed) => {
    const found = packed === undefined ? undefined : revocationOf(packed, { publishers: {}, revoked });
    if (found === undefined) return undefined;
    return found.reason === undefined ? found.severity : `${found.severity}: ${found.reason}`;
  };
}

/** A document that something else has changed says nothing. */
function ownRevocations(folders: Boot["folders"]): Trust["revoked"] {
  try {
    return readTrust(userStoreOf(folders)).revoked;
  } catch (error) {
    if (!ClawError.is(error, "E_SEAL")) throw error;
    return [];
  }
}

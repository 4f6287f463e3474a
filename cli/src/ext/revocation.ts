import { type InstalledExtension, openStore, readTrust, revocationOf } from "@claw/kernel/host";
import type { Boot } from "../boot.ts";
import { bundledStore, userStoreOf } from "../paths.ts";

/** What is known against installed packages, in words: `malicious: steals keys`; undefined where nothing is. */
export function revocationTexts({ folders, installed }: Pick<Boot, "folders" | "installed">): (packed: InstalledExtension | undefined) => string | undefined {
  // A store that something else has changed says nothing, and nothing of it is in use.
  const own = installed.notices.length > 0 ? [] : readTrust(userStoreOf(folders)).revoked;
  const revoked = [...openStore(bundledStore).trust.revoked, ...own];
  return (packed) => {
    const found = packed === undefined ? undefined : revocationOf(packed, { publishers: {}, revoked });
    if (found === undefined) return undefined;
    return found.reason === undefined ? found.severity : `${found.severity}: ${found.reason}`;
  };
}

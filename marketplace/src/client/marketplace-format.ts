import { ClawError, parseStrict } from "@claw/kernel/host";
import { mostDocumentBytes } from "../documents/read.ts";
import type { Transport } from "../transport/transport.ts";
import type { MarketplaceFormat } from "./state.ts";

/** What a marketplace's files show of its format; `root` is there for claw's own. */
export interface FoundFormat {
  readonly format: MarketplaceFormat;
  readonly root?: Uint8Array;
}

/** Looks which files an address has. claw's own format comes first, so that one who has both is believed only as far as it is signed. */
export async function formatOf(transport: Transport, signal: AbortSignal): Promise<FoundFormat> {
  const get = (path: string): Promise<Uint8Array | undefined> => transport.get(path, mostDocumentBytes, signal);
  const root = await get("root.json");
  if (root !== undefined) return { format: "claw", root };
  const index = await get("index.json");
  if (index !== undefined && isGoIndex(index)) return { format: "claw-code-go" };
  if ((await get(".claude-plugin/marketplace.json")) !== undefined) return { format: "claude-code" };
  throw new ClawError(
    "E_NOT_PUBLISHED",
    `there is no marketplace at ${transport.base}`,
    { url: transport.base },
    { fix: "name the folder that holds its root.json" },
  );
}

function isGoIndex(bytes: Uint8Array): boolean {
  const index = parseStrict(bytes, { name: "index.json", maxBytes: mostDocumentBytes, numbers: "any" });
  return typeof index === "object" && index !== null && !("kind" in index) && "plugins" in index && Array.isArray(index.plugins);
}

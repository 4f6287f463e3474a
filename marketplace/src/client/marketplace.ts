import { canonicalJson, ClawError } from "@claw/kernel/host";
import { verifyThreshold } from "../documents/envelope.ts";
import { judgedTime, refuseExpired } from "../documents/index-rules.ts";
import { readIndex } from "../documents/read.ts";
import { refuseExpiredRoot } from "../documents/root-rules.ts";
import type { Catalogue } from "./catalogue.ts";
import { clawCatalogue, type ClawDocuments } from "./claw-catalogue.ts";
import type { ClientContext } from "./context.ts";
import { cachedDocument } from "./document-cache.ts";
import { isAllowed, knownMarketplaces, marketplaceNamed, refuseByPolicy } from "./known.ts";
import { transportTo } from "./marketplace-transport.ts";
import { isPartOfProgram, isUnreachable, refresh } from "./refresh.ts";
import { type KnownMarketplace, readState, seenOf } from "./state.ts";

export interface OpenOptions {
  /**
   * `true`: only what the marketplace says now. `false`: what was verified last, as long as it is good, and the marketplace only when there
   * is nothing. Absent: what it says now, or what was verified last when nobody answers.
   */
  readonly fresh?: boolean;
}

/** Opens what a marketplace offers, whatever its format. */
export async function openCatalogue(known: KnownMarketplace, context: ClientContext, signal: AbortSignal, { fresh }: OpenOptions = {}): Promise<Catalogue> {
  refuseByPolicy(known.id, context.policy);
  if (known.format !== "claw") return openForeign(known, context);
  const remembers = !isPartOfProgram(known, context);
  if (fresh === false) {
    // Where what was kept is not good any more, the marketplace is asked, and says what is wrong.
    const last = await lastVerified(known, context).catch(() => undefined);
    if (last !== undefined) return clawCatalogue(last, context);
  }
  try {
    return clawCatalogue({ known, remembers, ...(await refresh(known, context, signal)) }, context);
  } catch (cause) {
    if (fresh === true || !isUnreachable(cause, signal)) throw cause;
    const last = await lastVerified(known, context);
    if (last === undefined) throw cause;
    const since = seenOf(readState(context.store), known.id)?.refreshedAt;
    return { ...clawCatalogue(last, context), stale: { ...(since === undefined ? {} : { since }), cause } };
  }
}

export interface OpenManyOptions extends OpenOptions {
  /** Names or addresses of marketplaces; every one that is known and allowed when absent. */
  readonly only?: readonly string[];
  /** Told of a marketplace that could not be opened, which is then left out; without it the first one ends it all, as a name might be there too. */
  readonly failed?: (known: KnownMarketplace, error: ClawError) => void;
}

/** Opens several marketplaces at once, in the order in which they are known. */
export async function openCatalogues(
  context: ClientContext,
  signal: AbortSignal,
  { only, failed, ...options }: OpenManyOptions = {},
): Promise<readonly Catalogue[]> {
  const all = knownMarketplaces(context);
  const chosen = only === undefined ? all.filter(({ id }) => isAllowed(id, context.policy)) : [...new Set(only.map((which) => marketplaceNamed(which, all)))];
  const opened = await Promise.all(
    chosen.map(async (known) => {
      try {
        return await openCatalogue(known, context, signal, options);
      } catch (error) {
        if (failed === undefined || !ClawError.is(error)) throw error;
        failed(known, error);
        return undefined;
      }
    }),
  );
  return opened.filter((catalogue) => catalogue !== undefined);
}

/** The documents that were verified last, if they are still there and still good. Undefined where none are. */
async function lastVerified(known: KnownMarketplace, context: ClientContext): Promise<ClawDocuments | undefined> {
  const { root: seenRoot, index: seenIndex } = seenOf(readState(context.store), known.id) ?? {};
  if (seenRoot === undefined || seenIndex === undefined || seenRoot.pin !== known.root) return undefined;
  const bytes = await cachedDocument(context.cache, seenIndex.digest);
  if (bytes === undefined) return undefined;
  const index = readIndex(bytes);
  const root = seenRoot.document;
  const remembers = !isPartOfProgram(known, context);
  const now = context.now();
  if (remembers) {
    const asOf = judgedTime(known.id, context.policy, now);
    refuseExpiredRoot(root, asOf);
    refuseExpired(index, asOf);
  }
  // It was verified when it was fetched; a root that came later may name others.
  if (canonicalJson(seenIndex.role) !== canonicalJson(root.roles.index))
    await verifyThreshold("index", index, root.roles.index, { now, trustedRoot: root.sigstore?.trustedRoot, what: `index ${index.version} of ${known.id}` });
  return { known, root, index, transport: await transportTo(known, context, root.mirrors), remembers };
}

async function openForeign(known: KnownMarketplace, context: ClientContext): Promise<Catalogue> {
  const transport = await transportTo(known, context);
  if (known.format === "claw-code-go") {
    const { openClawCodeGo } = await import("../compat/claw-code-go.ts");
    return openClawCodeGo(known, transport, context);
  }
  const { openClaudeMarketplace } = await import("../compat/claude-plugin.ts");
  return openClaudeMarketplace(known, transport, context);
}

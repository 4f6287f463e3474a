import { ClawError, type Host } from "@claw/kernel";
import type { CredentialWay, FoundCredential } from "./credential.ts";

export interface Credentials {
  /** What requests are made with now. Throws MODEL_NO_CREDENTIALS with what was tried. */
  get(): Promise<FoundCredential>;
  /** Forgets what was found: the next time it is looked for anew. */
  forget(): void;
  /** Which way would be taken, as far as can be said without a request. */
  label(): Promise<string | undefined>;
}

/** Keys are replaced so long before they expire. */
const aheadMs = 5 * 60 * 1000;
/** After a replacement failed, what is still valid is used for so long. */
const pauseMs = 30 * 1000;

export const noCredentialsFix =
  "sign in (aws sso login, with AWS_PROFILE or bedrock's profile), or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK";

/**
 * Takes the first way that is set up; one that is and fails is an error and never passed over in silence. What was found is kept
 * until shortly before it expires, and looked for once, however many ask.
 */
export function createCredentials(ways: readonly CredentialWay[], host: Pick<Host, "now">): Credentials {
  let kept: FoundCredential | undefined;
  let refreshAt = 0;
  let pending: Promise<FoundCredential> | undefined;

  const search = async (): Promise<FoundCredential> => {
    const tried: string[] = [];
    for (const way of ways) {
      const label = await way.label();
      const found = label === undefined ? undefined : await way.find(label);
      if (found === undefined) {
        tried.push(way.missing);
        continue;
      }
      if (way.isKept) keep(found);
      return found;
    }
    throw new ClawError(
      "MODEL_NO_CREDENTIALS",
      `there are no credentials for bedrock: ${tried.join(", ")}`,
      { provider: "bedrock" },
      { fix: noCredentialsFix },
    );
  };

  const keep = (found: FoundCredential): void => {
    kept = found;
    refreshAt = (found.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - aheadMs;
  };

  /** What is still valid is used on when nothing newer can be had. */
  const searchOr = async (last: FoundCredential | undefined): Promise<FoundCredential> => {
    try {
      return await search();
    } catch (error) {
      const now = host.now().getTime();
      if (last?.expiration === undefined || last.expiration.getTime() <= now || last !== kept) throw error;
      refreshAt = now + pauseMs;
      return last;
    }
  };

  return {
    get() {
      if (kept !== undefined && host.now().getTime() < refreshAt) return Promise.resolve(kept);
      pending ??= searchOr(kept).finally(() => (pending = undefined));
      return pending;
    },
    forget() {
      kept = undefined;
    },
    async label() {
      for (const way of ways) {
        const label = await way.label();
        if (label !== undefined) return label;
      }
      return undefined;
    },
  };
}

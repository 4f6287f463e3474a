import { type AdminPolicy, ClawError, type InstalledExtension, type Trust } from "@claw/kernel/host";
import { scopeOf } from "../names.ts";
import { type Difference, differencesOf, needsConsent } from "./difference.ts";
import { permissionWords } from "./permission-words.ts";
import type { Ask, PlannedPackage } from "./plan.ts";
import { isOwn, policyProblems } from "./policy.ts";
import { publisherNames, signerWords } from "./publishers.ts";
import { shown } from "./quoted.ts";
import type { ResolvedPackage } from "./resolve.ts";
import { similarName } from "./similarity.ts";

/** What a package is judged by. */
export interface Planning {
  /** The program's and the person's. */
  readonly trust: Trust;
  readonly bundledTrust: Trust;
  /** Who signs the code that runs by the person's word now, by the name of the extension, wherever it is installed. */
  readonly running: ReadonlyMap<string, readonly string[]>;
  readonly policy: AdminPolicy;
  /** Names that another may be taken for. */
  readonly wellKnown: readonly string[];
  readonly installed: ReadonlyMap<string, InstalledExtension>;
  readonly allowUnsigned: boolean;
  /** Marketplaces from which the person allowed it for good. */
  readonly unsignedFrom: readonly string[];
}

/** A resolved package as a person is to judge it. */
export function plannedPackage({ offer, requestedBy, dependencies, warnings, ageHours, minAgeHours }: ResolvedPackage, planning: Planning): PlannedPackage {
  const { name, version, marketplace, tier, permissions } = offer;
  const there = planning.installed.get(name);
  if (offer.publishers.length === 0 && !planning.allowUnsigned && !planning.unsignedFrom.includes(marketplace))
    throw new ClawError("E_SIG_MISSING", `${name} ${version}: nobody signs it`, {}, { fix: `claw ext add ${name} --allow-unsigned` });
  const publisher = signerOf(offer, there?.publisher, planning);
  const signers = signerWords(offer, planning.bundledTrust);
  const words = permissionWords(permissions);
  const differences = there === undefined ? [] : differencesOf({ entry: there.lock, manifest: there.manifest }, offer);
  return {
    step: {
      name,
      version,
      ...(there === undefined ? {} : { from: there.version }),
      publisher,
      marketplace,
      action: there === undefined ? "add" : "update",
      tier,
      permissions,
      dependencies,
    },
    offer,
    installed: there?.lock,
    requestedBy: [...new Set([...(there?.lock.requestedBy ?? []), ...requestedBy])],
    publisher: signers,
    permissions: words,
    differences: differences.map(({ text }) => text),
    asks: [
      ...similarAsks(name, publisher, offer.foreign !== undefined, planning),
      ...(offer.publishers.length === 0
        ? [{ kind: "unsigned" as const, text: `${name} ${version} is signed by nobody, so anybody could have changed it` }]
        : []),
      ...(tier === "trusted" && !mayRun(name, publisher, planning)
        ? [{ kind: "trust" as const, text: `${name} ${version} runs in claw's own process with all your rights, if you trust ${signers}` }]
        : []),
      ...(there === undefined && words.length > 0 ? [{ kind: "permissions" as const, text: `${name} ${version} wants: ${inShort(words)}` }] : []),
      ...differences.filter(needsConsent).map((difference) => changeAsk(name, version, difference)),
    ],
    warnings: [...new Set([...(offer.warnings ?? []).map(shown), ...warnings])],
    ...(ageHours === undefined ? {} : { ageHours }),
    ...(minAgeHours === undefined ? {} : { minAgeHours }),
  };
}

/** What is asked about in one sentence; the whole list stands in `permissions`, and is shown before. */
const inShort = (words: readonly string[]): string =>
  words.length <= mostInSentence ? words.join("; ") : `${words.slice(0, mostInSentence - 1).join("; ")}; and ${words.length - mostInSentence + 1} more`;
const mostInSentence = 6;

/**
 * Whether nobody has to be asked to let code run: the program trusts its publisher, the person trusts all that one signs, or its code runs
 * already. A publisher has one tier, so that an extension stands in trust.json does not say that the person agreed to code of it.
 */
function mayRun(name: string, publisher: string, { trust, bundledTrust, running }: Planning): boolean {
  if (!isOwn(name, publisher, trust)) return false;
  return isOwn(name, publisher, bundledTrust) || trust.publishers[publisher]?.extensions === undefined || running.get(name)?.includes(publisher) === true;
}

/** Who is expected to sign: whoever did, else the first whom the policy allows. */
function signerOf(offer: ResolvedPackage["offer"], before: string | undefined, { policy, bundledTrust }: Planning): string {
  const names = publisherNames(offer);
  const allowed = names.filter((each) => policyProblems(offer, each, offer.tree, policy, isOwn(offer.name, each, bundledTrust)).length === 0);
  return allowed.find((each) => each === before) ?? allowed[0] ?? names[0] ?? "";
}

function similarAsks(name: string, publisher: string, isForeign: boolean, { wellKnown, installed }: Planning): readonly Ask[] {
  const isByTheSame = (other: string): boolean => !publisher.startsWith("unsigned:") && installed.get(other)?.publisher === publisher;
  const others = wellKnown.filter((each) => each === name || !isByTheSame(each));
  // A marketplace of another system has one scope for all its publishers.
  const similar = similarName(name, others, isForeign ? { shared: [scopeOf(name)] } : {});
  if (similar === undefined) return [];
  return [{ kind: "similar", text: `${name} is easily taken for ${similar}, which is somebody else's`, of: similar }];
}

const kinds: Readonly<Partial<Record<Difference["kind"], Ask["kind"]>>> = { permission: "permissions", wider: "permissions", publisher: "publisher" };

const changeAsk = (name: string, version: string, { kind, text }: Difference): Ask => ({ kind: kinds[kind] ?? "change", text: `${name} ${version}: ${text}` });

import { ClawError, combineTrust, readTrust } from "@claw/kernel/host";
import type { Admitted } from "./admit.ts";
import { hoursSince, hoursWords } from "./candidates.ts";
import type { ClientContext } from "./context.ts";
import type { PlannedPackage } from "./plan.ts";
import { isOwn, policyProblems, policyRefusal } from "./policy.ts";
import { quoted } from "./quoted.ts";

/** What only the signature and the contents tell: whether they are what was agreed to, and what the administrator allows. */
export function refuseUnplanned(planned: PlannedPackage, admitted: Admitted, context: ClientContext, now: Date): void {
  refuseOtherSigner(planned, admitted, context);
  refuseOtherRepository(planned, admitted);
  refuseYoungSignature(planned, admitted, now);
  const { offer } = planned;
  const { name, entry } = admitted;
  const { publisher, tree, tier } = entry;
  const own = isOwn(name, publisher, context.bundled.trust);
  const [problem] = policyProblems({ ...offer, name, tier: tier === "declarative" ? tier : "trusted" }, publisher, tree, context.policy, own);
  if (problem !== undefined) throw policyRefusal(name, problem);
}

/** Where several may sign, the person was told of all of them, but not asked to take one for another. */
function refuseOtherSigner({ step, installed }: PlannedPackage, { name, entry: { publisher } }: Admitted, { store, bundled }: ClientContext): void {
  const trust = combineTrust(bundled.trust, readTrust(store));
  if (publisher === step.publisher || (installed === undefined && !isOwn(name, step.publisher, trust))) return;
  throw unasked(name, `${name} is signed by ${publisher}, and what was agreed to was ${step.publisher}`);
}

/** A repository that was deleted and made again has the same name and another number. Where its marketplace names the new number, the person was asked about it. */
function refuseOtherRepository({ offer, installed }: PlannedPackage, { name, entry: { publisher, repositoryId } }: Admitted): void {
  const before = installed?.repositoryId;
  if (before === undefined || before === repositoryId || installed?.publisher !== publisher) return;
  if (repositoryId !== undefined && offer.publishers.some((each) => each.kind === "oidc" && each.repositoryId === repositoryId)) return;
  throw unasked(name, `${name} was built in another repository of the same name, number ${quoted(repositoryId ?? "none")} instead of ${before}`);
}

/** A marketplace may say of a version that it has been out for long. The transparency log knows when it was signed. */
function refuseYoungSignature({ step: { version }, minAgeHours = 0 }: PlannedPackage, { name, entry: { signature } }: Admitted, now: Date): void {
  if (minAgeHours === 0 || signature.integratedTime === undefined) return;
  const hours = hoursSince(signature.integratedTime * 1000, now);
  if (hours >= minAgeHours) return;
  const age = hours < 1 ? "less than an hour" : hoursWords(hours);
  throw new ClawError(
    "E_NO_VERSION",
    `${name} ${version} was signed ${age} ago, whatever its marketplace says, and a new one waits ${hoursWords(minAgeHours)}`,
    { name, range: version },
    { fix: `claw ext add ${name}@${version} --fresh` },
  );
}

const unasked = (name: string, message: string): ClawError =>
  new ClawError("E_CONSENT_REQUIRED", message, { what: name }, { fix: `claw ext remove ${name} && claw ext add ${name}` });

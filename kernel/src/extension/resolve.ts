import { checkConfig } from "./config.ts";
import { type Manifest, usesOf } from "./manifest.ts";
import { isForPlatform, namesOf } from "./names.ts";
import { orderOf } from "./order.ts";
import type { Available, Choice, HeldBack, Plan, PlannedExtension } from "./plan.ts";
import { inRange } from "./range.ts";
import type { DeclaredTap } from "../hooks/bus.ts";
import type { HookName } from "../hooks/events.ts";

export interface ResolveInput {
  readonly choice: Choice;
  readonly available: ReadonlyMap<string, Available>;
  /** A value of `process.platform`. */
  readonly platform: string;
  /** The kernel's API version, which `engines.claw` must hold. */
  readonly version: string;
  /** Services that the kernel and the host give themselves. */
  readonly given: ReadonlySet<string>;
}

interface Candidate {
  readonly id: string;
  readonly available: Available;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Profile and manifests to a plan: order, owners, taps, and who is held back and why. Runs no code. */
export function resolve(input: ResolveInput): Plan {
  const heldBack: HeldBack[] = [];
  const chosen = candidatesOf(input, heldBack);
  const names = new Set(chosen.map(({ id }) => id));
  const owners = new Map<string, string>();
  const yielded = new Map<string, readonly string[]>();
  const unclashed = chosen.filter((candidate) => own(candidate, input, names, owners, yielded, heldBack));
  const complete = withServices(unclashed, input, owners, heldBack);
  const order = orderOf(
    complete.map(({ id, available }) => ({ id, manifest: available.manifest })),
    owners,
  );
  for (const id of order.cycle) {
    heldBack.push({ extension: id, code: "cycle", why: `${order.cycle.join(", ")} each need another of them first`, fix: `--without ${id}` });
  }
  const byId = new Map(complete.map((candidate) => [candidate.id, candidate]));
  const extensions: PlannedExtension[] = [];
  for (const id of order.sorted) {
    const candidate = byId.get(id);
    if (candidate === undefined) continue;
    const { manifest, tier, origin } = candidate.available;
    extensions.push({ id, manifest, tier, origin, order: extensions.length, config: candidate.config, yielded: yielded.get(id) ?? [] });
  }
  const kept = new Set(extensions.map(({ id }) => id));
  for (const [name, owner] of owners) if (!kept.has(owner)) owners.delete(name);
  return { extensions, heldBack, notices: [...order.notices, ...idlePreferences(input, names)], owners, taps: tapsOf(extensions) };
}

/** A preference for what is not chosen changes nothing: whoever wrote it is told. */
function idlePreferences({ choice }: ResolveInput, chosen: ReadonlySet<string>): readonly string[] {
  return Object.entries(choice.prefer).flatMap(([name, id]) => (chosen.has(id) ? [] : [`prefer: ${name} names ${id}, which is not among the extensions`]));
}

function candidatesOf({ choice, available, platform, version }: ResolveInput, heldBack: HeldBack[]): readonly Candidate[] {
  const result: Candidate[] = [];
  for (const [id, range] of Object.entries(choice.extensions)) {
    if (choice.without.includes(id)) continue;
    const found = available.get(id);
    // One for another platform is neither needed here nor in anybody's way.
    if (found !== undefined && !isForPlatform(found.manifest, platform)) continue;
    if (found === undefined) {
      heldBack.push({ extension: id, code: "not-installed", why: "it is not installed", fix: `claw ext list --all, or --without ${id}` });
    } else if (!inRange(found.manifest.version, range)) {
      heldBack.push({
        extension: id,
        code: "version",
        why: `version ${found.manifest.version} is installed, the profile wants ${range}`,
        fix: `change its range in "extensions", or --without ${id}`,
      });
    } else if (!inRange(version, found.manifest.engines.claw)) {
      heldBack.push({ extension: id, code: "engine", why: `it needs claw ${found.manifest.engines.claw}, this is ${version}`, fix: `--without ${id}` });
    } else {
      const { value, problems } = checkConfig(found.manifest.config, choice.config[id] ?? {});
      const why = problems.map(({ path, message }) => (path === "" ? `its config ${message}` : `config ${path} ${message}`)).join("; ");
      if (problems.length > 0) heldBack.push({ extension: id, code: "config", why, fix: `claw config explain config.${id}` });
      else result.push({ id, available: found, config: value });
    }
  }
  return result;
}

/** Gives a candidate the names it may own. A clash without a preference holds it back, whole. */
function own(
  candidate: Candidate,
  input: ResolveInput,
  chosen: ReadonlySet<string>,
  owners: Map<string, string>,
  yielded: Map<string, readonly string[]>,
  heldBack: HeldBack[],
): boolean {
  const { id, available } = candidate;
  const given: string[] = [];
  const mine: string[] = [];
  for (const name of namesOf(available.manifest, input.platform)) {
    if (name.startsWith("service:") && input.given.has(name.slice("service:".length))) {
      heldBack.push({ extension: id, code: "clash", why: `${name} belongs to claw itself`, fix: `--without ${id}` });
      return false;
    }
    const preferred = input.choice.prefer[name];
    const holder = owners.get(name);
    if (preferred !== undefined && preferred !== id && chosen.has(preferred)) given.push(name);
    else if (holder === undefined || holder === id || preferred === id) mine.push(name);
    else {
      heldBack.push({
        extension: id,
        code: "clash",
        why: `${name} belongs to ${holder}`,
        fix: `add "prefer": { ${JSON.stringify(name)}: ${JSON.stringify(id)} } to settings.json, or --without ${holder}`,
      });
      return false;
    }
  }
  for (const name of mine) owners.set(name, id);
  yielded.set(id, given);
  return true;
}

/** Holds back, until nothing changes, whoever requires a service that nobody provides. */
function withServices(candidates: readonly Candidate[], input: ResolveInput, owners: Map<string, string>, heldBack: HeldBack[]): readonly Candidate[] {
  let kept = candidates;
  for (;;) {
    const lacking = kept.find((candidate) => missingService(candidate.available.manifest, input, owners) !== undefined);
    if (lacking === undefined) return kept;
    const service = missingService(lacking.available.manifest, input, owners);
    heldBack.push({
      extension: lacking.id,
      code: "missing-service",
      why: `it needs the service "${service}", which no chosen extension provides`,
      fix: "claw ext list",
    });
    kept = kept.filter((candidate) => candidate !== lacking);
    for (const [name, owner] of owners) if (owner === lacking.id) owners.delete(name);
  }
}

const slots: ReadonlySet<string> = new Set(["provider", "tool", "classifier", "transport", "exporter", "command", "view", "frontend", "shell-spec"]);

function missingService(manifest: Manifest, { given }: ResolveInput, owners: ReadonlyMap<string, string>): string | undefined {
  return usesOf(manifest).find(({ id, optional }) => !optional && !slots.has(id) && !given.has(id) && !owners.has(`service:${id}`))?.id;
}

function tapsOf(extensions: readonly PlannedExtension[]): readonly DeclaredTap[] {
  const taps: DeclaredTap[] = [];
  for (const { id, manifest, order } of extensions) {
    for (const [event, stages] of Object.entries(manifest.hooks ?? {})) {
      for (const [stage, declaration] of Object.entries(stages ?? {})) {
        const { match, timeoutMs } = declaration;
        taps.push({
          extension: id,
          event: event as HookName,
          stage,
          order,
          ...(match === undefined ? {} : { match }),
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        });
      }
    }
  }
  return taps;
}

import {
  allow,
  ask,
  ClawError,
  deny,
  type Allow,
  type Ask,
  type CallEvent,
  type CallScope,
  type Classifier,
  type DeniedPaths,
  type Deny,
  type JudgedEvent,
  type Permissions,
  type Sandbox,
  type ShellAnalysis,
  type SlotView,
  type Spending,
  type ToolCallView,
  type Workspace,
} from "@claw/kernel";
import { credentialFiles } from "./credential-files.ts";
import type { Conditions, Decision } from "./decision.ts";
import { denialCount } from "./denial-count.ts";
import type { DeniedSearch } from "./denied-paths.ts";
import type { Grants } from "./grants.ts";
import { modeOf, type Mode } from "./modes.ts";
import { opinionsOf } from "./opinions.ts";
import type { Voice } from "./order.ts";
import { type PermissionPolicy, requireMode } from "./policy.ts";
import { wallOf } from "./reach.ts";
import { repositoryCheck } from "./repository.ts";
import type { RuleSet } from "./rules.ts";

/** What a session begins with. */
export interface Start {
  readonly mode: Mode;
  readonly source: string;
}

export interface PermissionsOptions {
  readonly start: Start;
  readonly rules: RuleSet;
  readonly grants: Grants;
  readonly policy: PermissionPolicy;
  readonly workspace: Workspace;
  readonly classifiers: SlotView<Classifier>;
  readonly analysis: ShellAnalysis | undefined;
  readonly sandbox: Sandbox | undefined;
  readonly home: string | undefined;
  /** claw's own folders. */
  readonly own: readonly string[];
  /** Whether what lies in the sessions' folder may be obeyed. */
  readonly trusted: boolean;
  /** Whether an extension's classifier may allow. */
  mayLoosen(extension: string): boolean;
}

/** The mode that the configuration asks for. */
export function startOf(
  config: { readonly defaultMode?: string; readonly dangerouslySkipPermissions: boolean },
  source: string,
  policy: PermissionPolicy,
): Start {
  const { defaultMode, dangerouslySkipPermissions } = config;
  const mode = defaultMode === undefined ? undefined : requireMode(modeOf(defaultMode), policy);
  if (!dangerouslySkipPermissions) {
    if (mode !== undefined) return { mode, source };
    const first = policy.modes === undefined || policy.modes.includes("prompt") ? "prompt" : (policy.modes[0] ?? "prompt");
    return { mode: first, source: first === "prompt" ? "default" : policy.file };
  }
  if (mode !== undefined && mode !== "danger-full-access") {
    throw new ClawError(
      "USAGE",
      `dangerously-skip-permissions contradicts the permission mode ${mode}`,
      {},
      { fix: "give one of the two; --permission-mode danger-full-access means the same" },
    );
  }
  return { mode: requireMode("danger-full-access", policy), source: "dangerously-skip-permissions" };
}

/** What one classifier may take: below the time the kernel gives this tap, so that one slow classifier does not cost the rest of the judgement. */
const classifierMs = 20_000;

/** The service, and its two hands in PreToolUse. */
export interface PermissionsDesk extends Permissions {
  decide(event: CallEvent, signal: AbortSignal): Promise<Allow | Ask | Deny>;
  observe(event: JudgedEvent): Promise<void>;
}

export function permissionsDesk(options: PermissionsOptions): PermissionsDesk {
  const { rules, grants, policy, workspace, sandbox } = options;
  const modes = new Map<string, Start>();
  const workspaces = new Map<string, string>();
  /** What was offered to be remembered, by call. */
  const offers = new Map<string, string>();
  const repository = repositoryCheck();
  const denials = denialCount();
  const credentials = credentialFiles(workspace, options.home);
  let search: DeniedSearch | undefined;
  const deniedPaths = async (scope: CallScope): Promise<DeniedPaths> => {
    search ??= (await import("./denied-paths.ts")).deniedSearch(rules, workspace, options.home);
    return search(scope);
  };
  const current = (session: string): Start => modes.get(session) ?? options.start;

  const conditionsOf = async ({ call, opinions }: CallEvent, spent: (spending: Spending) => void, signal: AbortSignal): Promise<Conditions> => {
    const { mode, source } = current(call.session);
    const granted = policy.noAllowRules || call.roots[0] === undefined ? [] : await grants.rules(call.roots[0]);
    const scope = scopeOf(call, signal);
    const hooks = opinions.flatMap(({ author, stage, decision, reason }): Voice[] =>
      stage === "decide" && (decision === "allow" || decision === "ask" || decision === "deny") ? [{ author, decision, reason }] : [],
    );
    const hearing = { classifiers: options.classifiers, call, signal, timeoutMs: classifierMs, mayLoosen: options.mayLoosen, spent };
    const [{ ignoredOrTooMuch, locatedOrNothing }, { oddSearch, searchIn }, { linkSearch }, { isShellCall }] = await Promise.all([
      import("./decision.ts"),
      import("./secrets-below.ts"),
      import("./links-below.ts"),
      import("./call-reading.ts"),
    ]);
    return {
      mode,
      modeSource: source,
      rules: { ...rules, allow: [...rules.allow, ...granted] },
      analyser: isShellCall(call) ? await options.analysis?.analyser() : undefined,
      home: options.home,
      protect: { own: options.own, scratch: call.scratch, credentials: await credentials(scope) },
      trusted: options.trusted,
      repository,
      asker: true,
      locate: (path) => locatedOrNothing(() => workspace.locate(path, scope), signal),
      search: searchIn(workspace, scope),
      odd: oddSearch(signal),
      links: linkSearch(signal),
      otherNames: async () => (await import("./hard-links.ts")).otherNamesIn(call.roots, { own: options.own, scratch: call.scratch }, signal),
      ignored: () => ignoredOrTooMuch(workspace, scope),
      denied: () => deniedPaths(scope),
      wall: async () => (sandbox === undefined ? undefined : wallOf(await sandbox.status(signal))),
      voices: async () => [...hooks, ...(await opinionsOf("restricting", hearing))],
      judges: async () => (denials.isOpen(call.session) ? opinionsOf("allowing", hearing) : [tooManyDenials]),
    };
  };

  const decide = async (event: CallEvent, spent: (spending: Spending) => void, signal: AbortSignal): Promise<Decision> => {
    const { decisionOn } = await import("./decision.ts");
    const decision = await decisionOn(event.call, await conditionsOf(event, spent, signal));
    const { judges } = decision.record;
    if (judges !== undefined && judges[0] !== tooManyDenials) denials.count(event.call.session, decision.decision === "deny");
    return decision;
  };

  return {
    mode: current,
    setMode: (session, mode) => {
      modes.set(session, { mode: requireMode(modeOf(mode), policy), source: "session" });
    },
    rules: (session) => {
      const root = workspaces.get(session);
      const granted = root === undefined || policy.noAllowRules ? [] : grants.known(root);
      return [...rules.deny, ...rules.ask, ...rules.allow, ...granted].map(({ text, decision, source }) => ({ rule: text, decision, source }));
    },
    decide: async (event, signal) => {
      const { call } = event;
      if (call.roots[0] !== undefined) workspaces.set(call.session, call.roots[0]);
      offers.delete(offerKey(call));
      const spendings: Spending[] = [];
      const { decision, reason, remember, containment, record: details } = await decide(event, (one) => spendings.push(one), signal);
      const spent = spendings.length === 0 ? {} : { spent: spendings };
      const luggage = { details, ...(containment === undefined ? {} : { containment }), ...spent };
      if (decision === "allow") return allow(reason, luggage);
      if (decision === "deny") return deny(reason, details, spent.spent);
      const offered = policy.noAllowRules ? undefined : remember;
      if (offered !== undefined) offers.set(offerKey(call), offered);
      return ask(reason, offered, luggage);
    },
    observe: async ({ call, verdict, answer }) => {
      const offered = offers.get(offerKey(call));
      offers.delete(offerKey(call));
      if (offered !== undefined && verdict === "allow" && answer === "allow-always" && call.roots[0] !== undefined)
        await grants.remember(call.roots[0], offered);
    },
  };
}

const tooManyDenials: Voice = { author: "permissions", decision: "ask", reason: "the classifiers denied too often in this session" };

const offerKey = ({ session, id }: ToolCallView): string => `${session}\0${id}`;

const scopeOf = ({ session, cwd, roots, scratch }: ToolCallView, signal: AbortSignal): CallScope => ({
  session,
  cwd,
  roots,
  signal,
  ...(scratch === undefined ? {} : { scratch }),
});

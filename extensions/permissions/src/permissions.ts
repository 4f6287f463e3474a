import {
  allow,
  ask,
  ClawError,
  deny,
  type Allow,
  type Ask,
  type CallEvent,
  type Classifier,
  type Deny,
  type JudgedEvent,
  type Located,
  type Permissions,
  type SlotView,
  type ToolCallView,
  type Workspace,
} from "@claw/kernel";
import type { Grants } from "./grants.ts";
import { modeOf, type Mode } from "./modes.ts";
import { opinionsOf } from "./opinions.ts";
import type { Verdict, Voice } from "./order.ts";
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
  readonly workspace: Workspace;
  readonly classifiers: SlotView<Classifier>;
  readonly home: string | undefined;
  /** claw's own folders. */
  readonly own: readonly string[];
  /** Whether what lies in the sessions' folder may be obeyed. */
  readonly trusted: boolean;
  /** What one classifier may take. */
  readonly classifierMs: number;
}

/** The mode that the configuration asks for. */
export function startOf(config: { readonly defaultMode?: string; readonly dangerouslySkipPermissions: boolean }): Start {
  const { defaultMode, dangerouslySkipPermissions } = config;
  const mode = defaultMode === undefined ? undefined : modeOf(defaultMode);
  if (!dangerouslySkipPermissions) return mode === undefined ? { mode: "prompt", source: "default" } : { mode, source: "settings or flags" };
  if (mode !== undefined && mode !== "danger-full-access") {
    throw new ClawError(
      "USAGE",
      `dangerously-skip-permissions contradicts the permission mode ${mode}`,
      {},
      { fix: "give one of the two; --permission-mode danger-full-access means the same" },
    );
  }
  return { mode: "danger-full-access", source: "dangerously-skip-permissions" };
}

/** The service, and its two hands in PreToolUse. */
export interface PermissionsDesk extends Permissions {
  decide(event: CallEvent, signal: AbortSignal): Promise<Allow | Ask | Deny>;
  observe(event: JudgedEvent): Promise<void>;
}

export function permissionsDesk({ start, rules, grants, workspace, classifiers, home, own, trusted, classifierMs }: PermissionsOptions): PermissionsDesk {
  const modes = new Map<string, Start>();
  const workspaces = new Map<string, string>();
  /** What was offered to be remembered, by call. */
  const offers = new Map<string, string>();
  const current = (session: string): Start => modes.get(session) ?? start;

  const verdictOf = async ({ call, opinions }: CallEvent, signal: AbortSignal): Promise<Verdict> => {
    // The shell's grammar is not read before there is a call to judge.
    const [{ readingOf }, { judge }] = await Promise.all([import("./call-reading.ts"), import("./judge.ts")]);
    const reading = readingOf(call, home, trusted);
    const granted = call.roots[0] === undefined ? [] : await grants.rules(call.roots[0]);
    const located = await locateAll(reading.paths, call, workspace, signal);
    const hooks = opinions.flatMap(({ author, stage, decision, reason }): Voice[] =>
      stage === "decide" && (decision === "allow" || decision === "ask" || decision === "deny") ? [{ author, decision, reason }] : [],
    );
    const base = {
      reading,
      located,
      home,
      mode: current(call.session).mode,
      rules: { ...rules, allow: [...rules.allow, ...granted] },
      protect: { own, scratch: call.scratch },
      voices: hooks,
      asker: true,
    };
    const first = judge(base);
    // A deny stands whatever a classifier would say, and must not wait for one.
    if (first.decision === "deny") return first;
    const hearing = { classifiers, call, signal, timeoutMs: classifierMs };
    const heard = { ...base, voices: [...hooks, ...(await opinionsOf("restricting", hearing))] };
    const second = judge(heard);
    return second.decision === "classify" ? judge({ ...heard, judges: await opinionsOf("allowing", hearing) }) : second;
  };

  return {
    mode: current,
    setMode: (session, mode) => {
      modes.set(session, { mode: modeOf(mode), source: "session" });
    },
    rules: (session) => {
      const root = workspaces.get(session);
      const granted = root === undefined ? [] : grants.known(root);
      return [...rules.deny, ...rules.ask, ...rules.allow, ...granted].map(({ text, decision, source }) => ({ rule: text, decision, source }));
    },
    decide: async (event, signal) => {
      const { call } = event;
      if (call.roots[0] !== undefined) workspaces.set(call.session, call.roots[0]);
      offers.delete(offerKey(call));
      const { decision, reason, remember } = await verdictOf(event, signal);
      if (decision === "allow") return allow(reason);
      if (decision === "deny") return deny(reason);
      if (remember !== undefined) offers.set(offerKey(call), remember);
      return ask(reason, remember);
    },
    observe: async ({ call, verdict, answer }) => {
      const offered = offers.get(offerKey(call));
      offers.delete(offerKey(call));
      if (offered !== undefined && verdict === "allow" && answer === "allow-always" && call.roots[0] !== undefined)
        await grants.remember(call.roots[0], offered);
    },
  };
}

const offerKey = ({ session, id }: ToolCallView): string => `${session}\0${id}`;

/** What the workspace finds at each path. One that cannot be looked at is nowhere inside. */
async function locateAll(paths: readonly string[], call: ToolCallView, workspace: Workspace, signal: AbortSignal): Promise<ReadonlyMap<string, Located>> {
  const { session, cwd, roots, scratch } = call;
  const scope = { session, cwd, roots, signal, ...(scratch === undefined ? {} : { scratch }) };
  const found = await Promise.all(
    paths.map((path) =>
      workspace.locate(path, scope).then(
        (located) => [[path, located] as const],
        (error: unknown) => {
          if (signal.aborted || !ClawError.is(error)) throw error;
          return [];
        },
      ),
    ),
  );
  return new Map(found.flat());
}

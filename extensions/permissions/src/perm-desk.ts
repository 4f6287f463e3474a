import {
  ClawError,
  type CommandCall,
  type Located,
  type Sandbox,
  type Settings,
  SettingsService,
  type ShellAnalysis,
  type SlotView,
  type Tool,
  type Workspace,
} from "@claw/kernel";
import { type ConfiguredLists, configuredRules } from "./configured-rules.ts";
import { credentialFiles } from "./credential-files.ts";
import { decisionOn, ignoredOrTooMuch, locatedOrNothing } from "./decision.ts";
import { deniedSearch } from "./denied-paths.ts";
import { otherNamesIn } from "./hard-links.ts";
import { imaginedFolder } from "./imagined-folder.ts";
import { linkSearch } from "./links-below.ts";
import { modeOf } from "./modes.ts";
import { answerOf } from "./perm-answer.ts";
import type { PermDesk } from "./perm-command.ts";
import { lintRules } from "./perm-lint.ts";
import { wrong } from "./perm-mistake.ts";
import { requestOf } from "./perm-request.ts";
import { type Start, startOf } from "./permissions.ts";
import { type PermissionPolicy, policyOf, requireMode } from "./policy.ts";
import { type Wall, wallOf } from "./reach.ts";
import { repositoryCheck } from "./repository.ts";
import { type RuleSet, from, rulesOf } from "./rules.ts";
import { oddSearch, searchIn } from "./secrets-below.ts";
import type { ToolNames } from "./tool-names.ts";

export interface PermDeskOptions {
  readonly config: ConfiguredLists;
  readonly settings: Settings | undefined;
  readonly policy: PermissionPolicy;
  readonly start: Start;
  readonly names: ToolNames;
  readonly tools: SlotView<Tool<never>>;
  readonly workspace: Workspace;
  readonly analysis: ShellAnalysis | undefined;
  readonly sandbox: Sandbox | undefined;
  readonly home: string | undefined;
  readonly own: readonly string[];
  readonly trusted: boolean;
}

/** Decides as the session's own desk would, with nobody heard and nothing run. */
export function permDesk(options: PermDeskOptions): PermDesk {
  const repository = repositoryCheck();
  const credentials = credentialFiles(options.workspace, options.home);
  const policies = new Map<string, Promise<PermissionPolicy>>();
  const ruleSets = new Map<string, RuleSet>();
  let wall: Promise<Wall | undefined> | undefined;

  const policyFor = (file: string | undefined): Promise<PermissionPolicy> => {
    if (file === undefined) return Promise.resolve(options.policy);
    const known = policies.get(file) ?? namedPolicy(file, options.settings);
    policies.set(file, known);
    return known;
  };
  const rulesFor = (lists: ConfiguredLists | undefined, policy: PermissionPolicy): RuleSet => {
    const key = `${policy.file}\0${lists === undefined ? "" : JSON.stringify(lists)}`;
    const known = ruleSets.get(key);
    if (known !== undefined) return known;
    const made = lists === undefined ? configuredRules(options.config, options.settings, policy, options.names) : givenRules(lists, policy, options.names);
    if (ruleSets.size >= 256) ruleSets.clear();
    ruleSets.set(key, made);
    return made;
  };
  const wallNow = (signal: AbortSignal): Promise<Wall | undefined> =>
    (wall ??= options.sandbox === undefined ? Promise.resolve(undefined) : options.sandbox.status(signal).then(wallOf));

  return {
    async test(line, command: CommandCall, { mode, policy: file }) {
      const policy = await policyFor(file);
      const request = requestOf(line, { folder: command.cwd, roots: command.roots, home: options.home }, options.tools, options.names);
      const { settings } = request;
      const wanted = request.mode ?? mode;
      const start =
        settings?.defaultMode === undefined && settings?.dangerouslySkipPermissions !== true
          ? wanted === undefined
            ? startUnder(policy, options)
            : options.start
          : startOf(settings, "settings", policy);
      const scope = { session: request.call.session, cwd: request.call.cwd, roots: request.call.roots, signal: command.signal };
      const locate = (path: string): Promise<Located | undefined> => locatedOrNothing(() => options.workspace.locate(path, scope), command.signal);
      const folder = request.call.cwd === command.cwd ? undefined : await locate(request.call.cwd);
      if (folder?.kind === "file" || folder?.kind === "other") throw wrong('"workspace" is no folder');
      const imagined = folder?.kind === "missing" ? imaginedFolder(folder.real, repository) : undefined;
      const rules = rulesFor(settings?.lists, policy);
      const decision = await decisionOn(request.call, {
        mode: wanted === undefined ? start.mode : requireMode(modeOf(wanted), policy),
        modeSource: wanted === undefined ? start.source : "perm test",
        rules,
        analyser: await options.analysis?.analyser(),
        home: options.home,
        protect: { own: options.own, credentials: await credentials(scope) },
        trusted: options.trusted && request.call.cwd === command.cwd,
        repository: imagined?.repository ?? repository,
        asker: true,
        locate: async (path) => {
          const place = await locate(path);
          return place === undefined || imagined === undefined ? place : imagined.located(place);
        },
        search: searchIn(options.workspace, scope),
        odd: oddSearch(command.signal),
        links: linkSearch(command.signal),
        otherNames: () => otherNamesIn(scope.roots, { own: options.own }, command.signal),
        ignored: () => ignoredOrTooMuch(options.workspace, scope),
        denied: () => deniedSearch(rules, options.workspace, options.home)(scope),
        wall: () => wallNow(command.signal),
        voices: async () => [],
        judges: async () => [],
      });
      return answerOf(decision);
    },
    lint: async ({ policy: file }) => lintRules(rulesFor(undefined, await policyFor(file))),
  };
}

/** The mode that the session would begin in if the policy were installed. */
function startUnder(policy: PermissionPolicy, { start, policy: installed }: PermDeskOptions): Start {
  if (policy === installed) return start;
  const isChosen = start.source !== "default" && start.source !== installed.file;
  return isChosen ? { ...start, mode: requireMode(start.mode, policy) } : startOf({ dangerouslySkipPermissions: false }, "default", policy);
}

function givenRules(lists: ConfiguredLists, policy: PermissionPolicy, names: ToolNames): RuleSet {
  const rules = rulesOf(
    { deny: [...policy.deny, ...from("settings", lists.deny)], ask: [...policy.ask, ...from("settings", lists.ask)], allow: from("settings", lists.allow) },
    names,
  );
  return policy.noAllowRules ? { ...rules, allow: [] } : rules;
}

async function namedPolicy(file: string, settings: Settings | undefined): Promise<PermissionPolicy> {
  if (settings === undefined) throw new ClawError("SERVICE_MISSING", `nothing here can read the policy ${file}`, { service: SettingsService.id }, {});
  return { ...policyOf(await settings.policyIn(file)), file };
}

import { join } from "node:path";
import type { Effect, ToolCallView } from "@claw/kernel";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { createWorkspace } from "../../../extensions/workspace/src/workspace.ts";
import { credentialFiles } from "../../../extensions/permissions/src/credential-files.ts";
import { type Conditions, type Decision, decisionOn, ignoredOrTooMuch, locatedOrNothing } from "../../../extensions/permissions/src/decision.ts";
import { otherNamesIn } from "../../../extensions/permissions/src/hard-links.ts";
import { linkSearch } from "../../../extensions/permissions/src/links-below.ts";
import { modeOf } from "../../../extensions/permissions/src/modes.ts";
import type { Wall } from "../../../extensions/permissions/src/reach.ts";
import { repositoryCheck } from "../../../extensions/permissions/src/repository.ts";
import { from, rulesOf } from "../../../extensions/permissions/src/rules.ts";
import { oddSearch, searchIn } from "../../../extensions/permissions/src/secrets-below.ts";
import { names } from "./scene.ts";

export interface RealPlace {
  /** Real paths. */
  readonly folder: string;
  readonly home: string;
}

export interface Given {
  readonly mode: string;
  readonly wall?: Wall;
  readonly allow?: readonly string[];
  readonly ask?: readonly string[];
  readonly deny?: readonly string[];
  readonly trusted?: boolean;
  readonly judges?: Conditions["judges"];
}

const effects: Readonly<Record<string, readonly [effect: Effect, path: string | undefined]>> = {
  bash: ["execute", "cwd"],
  read_file: ["read", "path"],
  grep: ["read", "path"],
  write_file: ["write", "path"],
  file_edit: ["write", "file_path"],
  web_fetch: ["network", undefined],
};

const analyser = createAnalyser();

/** The wall of a sandbox that stands, and of one that is not to be had. */
export const standing: Wall = { state: "active", backend: "bwrap", stands: true, hosts: [] };
export const missing: Wall = { state: "unavailable", backend: "none", stands: false, hosts: [] };

/** Decides calls in a real folder with the real workspace, as the extension does for a session. */
export function deskIn({ folder, home }: RealPlace): (tool: string, input: Readonly<Record<string, unknown>>, given: Given) => Promise<Decision> {
  const workspace = createWorkspace(home);
  const repository = repositoryCheck();
  const credentials = credentialFiles(workspace, home);
  const { signal } = new AbortController();
  return async (tool, input, { mode, wall, allow = [], ask = [], deny = [], trusted = false, judges = async () => [] }) => {
    const [effect, property] = effects[tool] ?? ["execute", undefined];
    const path = property === undefined ? undefined : input[property];
    const call: ToolCallView = {
      id: "call-1",
      session: "session-1",
      cwd: folder,
      roots: [folder],
      tool,
      effect,
      input,
      paths: typeof path === "string" ? [join(path.startsWith("/") ? "/" : folder, path)] : [],
    };
    const scope = { session: call.session, cwd: folder, roots: call.roots, signal };
    return decisionOn(call, {
      mode: modeOf(mode),
      modeSource: "test",
      rules: rulesOf({ allow: from("test", allow), ask: from("test", ask), deny: from("test", deny) }, names),
      analyser,
      home,
      protect: { own: [join(home, ".config/claw")], credentials: await credentials(scope) },
      trusted,
      repository,
      asker: true,
      locate: (one) => locatedOrNothing(() => workspace.locate(one, scope), signal),
      search: searchIn(workspace, scope),
      odd: oddSearch(signal),
      links: linkSearch(signal),
      otherNames: () => otherNamesIn(call.roots, { own: [join(home, ".config/claw")] }, signal),
      denied: async () => ({ read: [], write: [] }),
      ignored: () => ignoredOrTooMuch(workspace, scope),
      wall: async () => wall,
      voices: async () => [],
      judges,
    });
  };
}

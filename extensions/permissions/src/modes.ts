import { ClawError, type Effect } from "@claw/kernel";

export const modes = ["prompt", "read-only", "workspace-write", "auto", "dont-ask", "allow", "danger-full-access"] as const;
export type Mode = (typeof modes)[number];

/** Other products' names, without case and hyphens. */
const aliases: Readonly<Record<string, Mode>> = {
  default: "prompt",
  manual: "prompt",
  plan: "read-only",
  acceptedits: "workspace-write",
  dontask: "dont-ask",
  strictallowlist: "dont-ask",
  bypass: "danger-full-access",
  bypasspermissions: "danger-full-access",
};

const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");

/** The mode a name means, in any case, with or without hyphens. */
export function modeOf(text: string): Mode {
  const wanted = plain(text.trim());
  const found = modes.find((mode) => plain(mode) === wanted) ?? (Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined);
  if (found !== undefined) return found;
  throw new ClawError(
    "PERMISSION_MODE_UNKNOWN",
    `unknown permission mode "${text}"; the modes are ${modes.join(", ")}`,
    { mode: text, modes },
    { fix: "give one of the modes, such as --permission-mode prompt" },
  );
}

/** What a mode looks at once the rules had nothing to say. */
export interface Scene {
  readonly effect: Effect;
  /** Whether every path of it is in one of the session's folders. */
  readonly inside: boolean;
  /** Whether it is a shell command proven to do nothing but read inside. */
  readonly proven: boolean;
  /** Whether it can do all of its work inside the sandbox, which stands. */
  readonly containable: boolean;
  /** Whether it may destroy work that nothing brings back. */
  readonly destructive: boolean;
}

/** Whether a mode's ceiling lets a call go on at all, whatever the rules allow. */
export const isUnderCeiling = (mode: Mode, { effect, proven }: Scene): boolean =>
  mode !== "read-only" || effect === "none" || effect === "read" || effect === "network" || proven;

const isCalm = ({ effect, inside, proven }: Scene): boolean => (effect === "read" && inside) || proven;

/** What changes the workspace and nothing else: a file tool's write inside, or a program inside the wall. */
const isConfined = ({ effect, inside, containable }: Scene): boolean => (effect === "write" && inside) || containable;

/** Work that is destroyed is asked about before anything else is said of it. */
const confinedAnswer = (scene: Scene, otherwise: Answer): Answer =>
  isCalm(scene) ? "allow" : scene.destructive ? "ask" : isConfined(scene) ? "allow" : otherwise;

type Answer = "allow" | "ask" | "deny" | "classify";

/** The last step of the order: what a mode makes of a call that no rule decides. `classify` leaves it to the classifiers. */
const answers: { readonly [M in Mode]: (scene: Scene) => Answer } = {
  prompt: (scene) => (isCalm(scene) ? "allow" : "ask"),
  "read-only": (scene) => (isCalm(scene) ? "allow" : "ask"),
  "workspace-write": (scene) => confinedAnswer(scene, "ask"),
  auto: (scene) => confinedAnswer(scene, "classify"),
  "dont-ask": () => "deny",
  allow: () => "allow",
  "danger-full-access": () => "allow",
};

export const answerOf = (mode: Mode, scene: Scene): Answer => (scene.effect === "none" ? "allow" : answers[mode](scene));

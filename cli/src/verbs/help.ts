import { ClawError, type ErrorCode, exitCodeOf, nearest } from "@claw/kernel/host";
import type { Boot } from "../boot.ts";
import { extHelp } from "../ext/verb-help.ts";
import type { FlagSpec } from "../flags.ts";
import { ownFlags } from "../flags.ts";
import { verbs } from "../route.ts";
import { section as sectionText } from "../sections.ts";
import { errorMeanings } from "./error-meanings.ts";

const examples: readonly (readonly [string, string])[] = [
  ['claw -p "why does the login test fail?"', "one prompt, its answer on standard output"],
  ['git diff | claw -p "review this"', "standard input goes along with the prompt"],
  ['claw -c -p "now fix it"', "go on with the newest session of this folder"],
  ["claw demo", "watch it work, without a key"],
];

/** The help of everything, or of one verb or command, folded at a terminal's width. */
export function helpText(booted: Boot, topic: readonly string[], columns: number): string {
  const [name, ...more] = topic;
  if (name === "ext" || name === "plugin") return extHelp(name, more, columns);
  if (name !== undefined) return topicText(booted, name, columns);
  const section = (title: string, rows: readonly (readonly [string, string])[]): string => sectionText(title, rows, columns);
  const commands = commandsOf(booted);
  return [
    "claw: an agentic coding runtime where everything is an extension\n",
    section("Examples", examples),
    section(
      "Commands",
      [...Object.entries(verbs), ...commands].sort(([a], [b]) => a.localeCompare(b)),
    ),
    section("Flags", ownFlags.map(flagRow)),
    section("Flags of extensions", booted.flags.filter((flag) => !ownFlags.includes(flag)).map(flagRow)),
    "A single word is a command; a prompt is one quoted text, or follows -p. claw help CODE says what an error means.\n",
  ].join("\n");
}

const topicHelp: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  config: [
    ["claw config explain KEY", "the value of a setting, where it comes from, and what it shadows"],
    ["claw config list", "every setting that anybody set"],
  ],
  demo: [["claw demo", "copy the sample project to a temporary folder and play the recorded session there, with real tools"]],
  doctor: [
    ["claw doctor [--json]", "plan, owners, held back and why, environment"],
    ["claw doctor --held", "wake every extension, and say what each took and holds"],
  ],
  trust: [
    ["claw trust [--yes]", "show what this folder's settings would change, and trust it"],
    ["claw trust --remove", "no longer trust it"],
    ["claw trust --list", "the folders that are trusted"],
  ],
};

function topicText(booted: Boot, topic: string, columns: number): string {
  const section = (title: string, rows: readonly (readonly [string, string])[]): string => sectionText(title, rows, columns);
  if (Object.hasOwn(errorMeanings, topic.toUpperCase())) return codeText(topic.toUpperCase() as ErrorCode);
  if (topic === "codes") return section("Error codes", Object.entries(errorMeanings));
  const rows = Object.hasOwn(topicHelp, topic) ? topicHelp[topic] : undefined;
  if (rows !== undefined) return section(`claw ${topic}`, rows);
  const commands = commandsOf(booted);
  const command = commands.find(([one]) => one === topic);
  if (command !== undefined) return section(`claw ${topic}`, [[`claw ${topic}`, command[1]]]);
  const near = nearest(topic, [...Object.keys(verbs), ...commands.map(([one]) => one)])[0];
  throw new ClawError(
    "USAGE",
    `there is no help on ${JSON.stringify(topic)}${near === undefined ? "" : `; did you mean ${near}?`}`,
    {},
    { fix: "claw --help" },
  );
}

const codeText = (code: ErrorCode): string => `${code}: ${errorMeanings[code]}\nexit code ${exitCodeOf(code)}\n`;

/** The commands of this run's extensions, with what their manifests say of them. */
const commandsOf = ({ plan }: Boot): readonly (readonly [string, string])[] =>
  plan.extensions.flatMap(({ id, manifest }) =>
    Object.entries(manifest.provides?.["command"] ?? {})
      .filter(([name]) => plan.owners.get(`command:${name}`) === id)
      .map(([name, about]) => [name, about.description ?? ""] as const),
  );

function flagRow({ name, short, takes, value, description }: FlagSpec): readonly [string, string] {
  return [`${short === undefined ? "    " : `-${short}, `}--${name}${takes === "none" ? "" : ` ${value ?? "VALUE"}`}`, description];
}

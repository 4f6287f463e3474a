import { isIP } from "node:net";

/** What parts of a package would do, once claw has a use for them. Lists may name a thing twice. */
export interface Needs {
  /** Bare names of programs; `*` for a shell or a program of its own, which may start any other. */
  readonly programs: readonly string[];
  /** Paths in the package that are started as programs. */
  readonly own: readonly string[];
  readonly urls: readonly URL[];
  /** Environment variables that are read. */
  readonly variables: readonly string[];
  /** Sentences. */
  readonly inactive: readonly string[];
}

export const noNeeds: Needs = { programs: [], own: [], urls: [], variables: [], inactive: [] };

export const together = (all: readonly Needs[]): Needs => ({
  programs: all.flatMap(({ programs }) => programs),
  own: all.flatMap(({ own }) => own),
  urls: all.flatMap(({ urls }) => urls),
  variables: all.flatMap(({ variables }) => variables),
  inactive: all.flatMap(({ inactive }) => inactive),
});

const secret = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?)$/;
const bareName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
const host = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])$/;

/** The permissions of extension.json that these needs come to (extensions.md §3.2). */
export function permissionsOf({ programs, own, urls, variables }: Needs): Readonly<Record<string, unknown>> {
  const exec = unique(programs.includes("*") || own.length > 0 ? ["*"] : programs);
  const env = unique(variables.filter((name) => !secret.test(name)));
  const secrets = unique(variables.filter((name) => secret.test(name)).map((name) => name.replace(/^_+/, "")));
  return {
    ...(urls.length === 0 ? {} : { net: unique(urls.map(originOf)) }),
    ...(urls.some(({ hostname }) => isPrivate(hostname)) ? { netPrivate: true } : {}),
    ...(urls.some(({ protocol }) => protocol === "http:" || protocol === "ws:") ? { netInsecure: true } : {}),
    ...(exec.length === 0 ? {} : { exec: exec.map((cmd) => (cmd === "*" ? { cmd } : { cmd, args: ["**"] })) }),
    ...(env.length === 0 ? {} : { env }),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

export const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

const originOf = ({ protocol, host: name }: URL): string => `${protocol}//${name}`;
const isPrivate = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || name.endsWith(".local") || isIP(name.replace(/^\[|\]$/g, "")) !== 0;

/** The address of a server; undefined where it is none, or only known when it is used. */
export function addressOf(text: string): URL | undefined {
  const url = text.includes("${") ? null : URL.parse(text);
  return url !== null && /^(?:https?|wss?):$/.test(url.protocol) && host.test(url.hostname) && url.username === "" && url.password === "" ? url : undefined;
}

/** `${NAME}` and `${NAME:-instead}` in texts, but for the names that the plugin's own folders go by. */
export const variablesIn = (texts: readonly string[], folders: readonly string[]): readonly string[] =>
  texts
    .flatMap((text) => [...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]{0,200})?\}/g)].map(([, name = ""]) => name))
    .filter((name) => !folders.includes(name) && /[A-Za-z0-9]/.test(name));

/**
 * The program that a command names: a file of the package, by the variable of its folder or relative to it, or a bare name that is looked up.
 * Anything else may be any program.
 */
export function programOf(command: string, rootVariable: string): Pick<Needs, "programs" | "own"> & { readonly command: string } {
  const prefix = `\${${rootVariable}}/`;
  const relative = command.startsWith(prefix) ? `./${command.slice(prefix.length)}` : command;
  if (/^\.\/[A-Za-z0-9._@+\-/]+$/.test(relative) && !relative.split("/").includes("..")) return { command: relative, programs: [], own: [relative.slice(2)] };
  return { command, own: [], programs: [bareName.test(command) ? command : "*"] };
}

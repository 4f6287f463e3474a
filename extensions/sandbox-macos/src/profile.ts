import { protectedPatterns } from "./protected-names.ts";
import { denied, looked } from "./mach-services.ts";

/** All that a profile depends on. Every path is absolute and real: seatbelt compares with where a file really is. */
export interface Wall {
  readonly roots: readonly string[];
  readonly home: string | undefined;
  /** A folder of its own for what is temporary. */
  readonly temporary: string;
  /** `all` but what is hidden, or what is `listed` alone. */
  readonly reading: "all" | "listed";
  readonly hidden: readonly string[];
  /** Readable, in hidden places too. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** In the workspace, too: neither read nor written. */
  readonly closed: readonly string[];
  /** In the workspace, too: not written, and not moved away with a folder above it. */
  readonly unwritable: readonly string[];
  /** Readable all the same, within what is closed. */
  readonly exempt: readonly string[];
  readonly network: { readonly type: "none" } | { readonly type: "any" } | { readonly type: "proxy"; readonly port: number };
  /** Whether programs inside may trace one another. */
  readonly debug: boolean;
  /** Whether unix sockets are refused inside, too. */
  readonly strict: boolean;
}

export interface Profile {
  readonly text: string;
  /** Values of the names in the text: no path stands in it by itself. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a program needs of the system where nothing else may be read. */
const systemFolders = [
  "/usr",
  "/bin",
  "/sbin",
  "/System",
  "/Library",
  "/opt",
  "/Applications/Xcode.app",
  "/private/etc",
  "/private/var/db/timezone",
  "/private/var/select",
  "/dev",
];
const devices = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/dtracehelper"];
/** Behind any reading: who may read everything may not read these. */
const systemSecrets = [
  "/Library/Keychains",
  "/private/etc/master.passwd",
  "/private/var/db/dslocal",
  "/private/etc/ssh",
  "/private/etc/sudoers",
  "/private/var/root",
];

/**
 * The wall as seatbelt reads it (safety.md §3.9). The last rule that fits decides: what is allowed comes first, what must hold
 * in any case last.
 */
export function profileFor(wall: Wall): Profile {
  const parameters: Record<string, string> = {};
  const at = (name: string, paths: readonly string[], filter: "subpath" | "literal" = "subpath"): readonly string[] =>
    paths.map((path, index) => {
      parameters[`${name}_${index}`] = path;
      return `(${filter} (param "${name}_${index}"))`;
    });
  const own = at("OWN", [wall.temporary]);
  const roots = at("ROOT", wall.roots);
  const writable = at("WRITABLE", wall.writable);
  const readable = at("READABLE", wall.readable);
  const ancestors = at("ABOVE", ancestorsOf([...wall.roots, ...wall.readable, ...wall.writable, wall.temporary]), "literal");
  const closed = at("CLOSED", wall.closed);
  const patterns = wall.roots.map((root) => protectedPatterns(root, root === wall.home));
  const matching = (kind: "closed" | "pinned" | "files"): readonly string[] => patterns.flatMap((each) => each[kind].map(regex));
  const lines = [
    "(version 1)",
    "(deny default)",
    '(import "system.sb")',
    ...rule("allow", "process-exec process-fork"),
    ...rule("allow", "signal", ["(target same-sandbox)"]),
    ...rule("allow", "process-info*", ["(target same-sandbox)"]),
    ...(wall.debug ? rule("allow", "mach-priv-task-port", ["(target same-sandbox)"]) : []),
    ...rule("allow", "sysctl-read ipc-posix-sem ipc-posix-shm"),
    ...rule("allow", "mach-lookup", looked.map(globalName)),
    ...(wall.reading === "all" ? rule("allow", "file-read*") : rule("allow", "file-read*", systemFolders.map(subpath))),
    ...rule("deny", "file-read*", [...at("HIDDEN", wall.hidden), ...systemSecrets.map(subpath)]),
    ...rule("allow", "file-read-metadata", ['(literal "/")', ...ancestors]),
    ...rule("allow", "file-read*", [...own, ...roots, ...readable, ...writable]),
    ...rule("allow", "file-write*", [...own, ...roots, ...writable]),
    ...rule(
      "allow",
      "file-read* file-write-data",
      devices.map((path) => `(literal "${path}")`),
    ),
    ...networkRules(wall, own),
    ...rule("deny", "file-read* file-write*", closed),
    ...rule("allow", "file-read*", at("EXEMPT", wall.exempt)),
    ...rule("deny", "file-write*", [...at("DENIED", wall.unwritable), ...matching("closed")]),
    ...rule("deny", "file-write-unlink", at("ABOVE_DENIED", ancestorsOf(wall.unwritable), "literal")),
    ...rule("deny", "file-write-create file-write-unlink", matching("pinned")),
    ...matching("files").flatMap((pattern) => rule("deny", "file-write*", [`(require-all ${pattern} (vnode-type REGULAR-FILE))`])),
    ...rule("deny", "file-write-unlink", at("KEPT", [...wall.roots, ...wall.writable, wall.temporary], "literal")),
    ...rule("deny", "file-write-setugid"),
    ...rule("deny", "process-info*", ["(target others)"]),
    ...rule("deny", "mach-lookup", denied.map(globalName)),
  ];
  return { text: `${lines.join("\n")}\n`, parameters };
}

function networkRules({ network, strict }: Wall, own: readonly string[]): readonly string[] {
  const sockets = strict
    ? []
    : [
        ...rule("allow", "system-socket", ["(socket-domain AF_UNIX)"]),
        ...own.flatMap((folder) => [
          ...rule("allow", "network-bind", [`(local unix-socket ${folder})`]),
          ...rule("allow", "network-outbound", [`(remote unix-socket ${folder})`]),
        ]),
      ];
  switch (network.type) {
    case "none":
      return [...rule("deny", "network*"), ...sockets];
    case "proxy":
      return [...rule("deny", "network*"), ...sockets, ...rule("allow", "network-outbound", [`(remote ip "localhost:${network.port}")`])];
    case "any":
      return [
        ...sockets,
        ...rule("allow", "system-socket", ["(socket-domain AF_INET)", "(socket-domain AF_INET6)", "(socket-domain AF_ROUTE)"]),
        ...rule("allow", "network-outbound", ['(remote ip "*:*")', '(literal "/private/var/run/mDNSResponder")']),
        ...rule("allow", "network-bind network-inbound", ['(local ip "*:*")']),
      ];
    default:
      return network satisfies never;
  }
}

/** A rule without filters holds for everything: where none is left of those that were meant, there is no rule. */
function rule(verdict: "allow" | "deny", operations: string, filters?: readonly string[]): readonly string[] {
  if (filters === undefined) return [`(${verdict} ${operations})`];
  return filters.length === 0 ? [] : [`(${verdict} ${operations}\n  ${filters.join("\n  ")})`];
}

const subpath = (path: string): string => `(subpath "${path}")`;
const globalName = (name: string): string => `(global-name "${name}")`;
const regex = (pattern: string): string => `(regex #"${pattern}")`;

/** The folders on the way to what may be reached: their names can be asked for, not what else is in them. */
function ancestorsOf(paths: readonly string[]): readonly string[] {
  const all = paths.flatMap((path) => {
    const names = path.split("/").slice(1, -1);
    return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
  });
  return [...new Set(all)].sort();
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { realOr } from "./real-path.ts";

/** Where people and programs keep what is theirs. An empty folder takes the place of each. */
export const emptied: readonly string[] = ["/tmp", "/var/tmp", "/run", "/home", "/root", "/mnt", "/media", "/srv"];

/** Folders of the system that hold secrets or other programs' state; bound things are read with the rights of who runs claw, root too. */
const systemFolders: readonly string[] = [
  ...["ssl/private", "sudoers.d", "letsencrypt", "wireguard", "NetworkManager/system-connections", "kubernetes", "rancher"].map((name) => `/etc/${name}`),
  ...["docker", "containerd", "kubelet", "rancher", "cloud", "private", "sss", "NetworkManager", "systemd/coredump"].map((name) => `/var/lib/${name}`),
  ...["spool", "mail", "crash", "backups"].map((name) => `/var/${name}`),
];
const systemFiles: readonly string[] = [
  "/var/cache/debconf/passwords.dat",
  "/etc/security/opasswd",
  "/etc/ppp/chap-secrets",
  "/etc/mysql/debian.cnf",
  "/swapfile",
  "/swap.img",
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/sudoers",
  "/etc/krb5.keytab",
  "/etc/ssh/ssh_host_rsa_key",
  "/etc/ssh/ssh_host_ecdsa_key",
  "/etc/ssh/ssh_host_ed25519_key",
  "/etc/ssh/ssh_host_dsa_key",
];

/** Below the home folder, what opens other doors: keys, tokens, stores of passwords. */
const doors: readonly string[] = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".config/gcloud",
  ".config/gh",
  ".config/google-chrome",
  ".config/chromium",
  ".mozilla",
  ".password-store",
  ".local/share/keyrings",
  ".netrc",
  ".git-credentials",
  ".config/git/credentials",
  ".pgpass",
  ".pypirc",
  ".cargo/credentials",
  ".cargo/credentials.toml",
];

/** Those that are there: they stay closed where the home folder itself is shown. */
export const homeSecrets = (home: string): readonly string[] =>
  doors
    .map((name) => join(home, name))
    .filter((path) => existsSync(path))
    .map(realOr);

/** What is taken out of sight besides the emptied folders, as far as it is there, and nothing that the person works with lies in it. */
export const systemSecrets = (inSight: readonly string[]): { readonly folders: readonly string[]; readonly files: readonly string[] } => ({
  folders: systemFolders.filter((path) => existsSync(path) && !inSight.some((one) => isWithin(path, one))),
  files: systemFiles.filter((path) => existsSync(path)),
});

/** The folders that an empty one takes the place of: the usual ones, the person's home, and claw's own where they are not below one of these. */
export function emptiedFolders(home: string | undefined, own: readonly string[]): readonly string[] {
  const usual = [...emptied, ...(home === undefined || home === "/" ? [] : [home])].filter((path) => existsSync(path)).map(realOr);
  const others = own.filter((path) => path !== "/" && existsSync(path) && !usual.some((one) => isWithin(one, path)));
  return [...new Set([...usual, ...others])].sort();
}

/** Whether a path is out of sight unless it is bound again. */
export const isHidden = (path: string, folders: readonly string[]): boolean => folders.some((folder) => isWithin(folder, path));

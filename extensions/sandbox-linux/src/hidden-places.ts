import { existsSync } from "node:fs";
import { isWithin } from "@claw/kernel/kit";

/** Where people and programs keep what is theirs. An empty folder takes the place of each. */
export const emptied: readonly string[] = ["/tmp", "/var/tmp", "/run", "/home", "/root", "/mnt", "/media", "/srv"];

/** Folders of the system that hold secrets or other programs' state; bound things are read with the rights of who runs claw, root too. */
const systemFolders: readonly string[] = ["/etc/ssl/private", "/var/lib/docker", "/var/lib/containerd", "/var/spool", "/var/lib/kubelet", "/var/backups"];
const systemFiles: readonly string[] = [
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

/** What is taken out of sight besides the emptied folders, as far as it is there. */
export const systemSecrets = (): { readonly folders: readonly string[]; readonly files: readonly string[] } => ({
  folders: systemFolders.filter((path) => existsSync(path)),
  files: systemFiles.filter((path) => existsSync(path)),
});

/** The folders that an empty one takes the place of: the usual ones, the person's home, and claw's own where they are not below one of these. */
export function emptiedFolders(home: string | undefined, own: readonly string[]): readonly string[] {
  const usual = [...emptied, ...(home === undefined || home === "/" ? [] : [home])].filter((path) => existsSync(path));
  const others = own.filter((path) => path !== "/" && existsSync(path) && !usual.some((one) => isWithin(one, path)));
  return [...new Set([...usual, ...others])].sort();
}

/** Whether a path is out of sight unless it is bound again. */
export const isHidden = (path: string, folders: readonly string[]): boolean => folders.some((folder) => isWithin(folder, path));

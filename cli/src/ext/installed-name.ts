import { ClawError, nearest } from "@claw/kernel/host";

/** The full name that a person means by a full or a short one, among those there are. A short one that two have means neither. */
export function installedName(name: string, names: readonly string[]): string {
  const found = names.includes(name) ? [name] : names.filter((one) => one.split("/")[1] === name);
  const [full, ...more] = found;
  if (full !== undefined && more.length === 0) return full;
  const near = nearest(name, names)[0];
  const hint = more.length > 0 ? ` by that name alone: there are ${found.join(" and ")}` : near === undefined ? "" : `; did you mean ${near}?`;
  throw new ClawError("E_NOT_INSTALLED", `${name} is not installed${hint}`, { extension: name }, { fix: "claw ext list --all" });
}

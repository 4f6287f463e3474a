import { ClawError, nearest } from "@claw/kernel/host";

const baseOf = (name: string): string => name.split("/")[1] ?? name;

/** The full name that a person means by a full or a short one, among those there are. A short one that two have means neither. */
export function installedName(name: string, names: readonly string[]): string {
  const found = names.includes(name) ? [name] : names.filter((one) => baseOf(one) === name);
  const [full, ...more] = found;
  if (full !== undefined && more.length === 0) return full;
  const [nearBase] = nearest(name, names.map(baseOf));
  const near = nearest(name, names)[0] ?? names.find((one) => baseOf(one) === nearBase);
  const hint = more.length > 0 ? ` by that name alone: there are ${found.join(" and ")}` : near === undefined ? "" : `; did you mean ${near}?`;
  throw new ClawError("E_NOT_INSTALLED", `${name} is not installed${hint}`, { extension: name }, { fix: "claw ext list --all" });
}

/** What a model asks for beyond the sandbox, in the input `needs` of a shell call. Whatever it says can only lead to a question. */
export interface Wishes {
  readonly hosts: readonly string[];
  /** Absolute. */
  readonly paths: readonly string[];
  /** To run outside of the sandbox. */
  readonly outside: boolean;
  /** What was said that means nothing. */
  readonly unclear: readonly string[];
}

export const noWishes: Wishes = { hosts: [], paths: [], outside: false, unclear: [] };

const host = /^host:((?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?)$/;
const path = /^path:(\/[^\u0000-\u001f\u007f]{1,4095})$/;

export function wishesOf(input: unknown, isShell: boolean): Wishes {
  if (!isShell || input === undefined) return noWishes;
  const words = Array.isArray(input) ? input.map(String) : [String(input)];
  const hosts: string[] = [];
  const paths: string[] = [];
  const unclear: string[] = [];
  for (const word of words) {
    const [, name] = host.exec(word.toLowerCase()) ?? [];
    const [, place] = path.exec(word) ?? [];
    if (name !== undefined) hosts.push(name);
    else if (place !== undefined) paths.push(place);
    else if (word !== "outside") unclear.push(word);
  }
  return { hosts, paths, outside: words.includes("outside"), unclear };
}

export const isWishing = ({ hosts, paths, outside, unclear }: Wishes): boolean => outside || hosts.length + paths.length + unclear.length > 0;

/** What is asked for, in words. */
export function wishText({ hosts, paths, outside, unclear }: Wishes): string {
  return [
    ...(hosts.length === 0 ? [] : [`to reach ${hosts.join(", ")}`]),
    ...(paths.length === 0 ? [] : [`to write ${paths.join(", ")}`]),
    ...(outside ? ["to run outside of the sandbox"] : []),
    ...(unclear.length === 0 ? [] : [`for ${unclear.map((word) => JSON.stringify(word)).join(", ")}, which means nothing`]),
  ].join(", and ");
}

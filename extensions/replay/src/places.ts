import type { ModelRequest } from "@claw/kernel";
import { mapStrings } from "@claw/kernel/kit";

/** Where a session is: what stands in a cassette for it, and its path here. */
export type Places = readonly (readonly [placeholder: string, path: string])[];

export interface PlaceParts {
  readonly home: string | undefined;
  readonly state: string;
  realpath(path: string): Promise<string>;
}

/** The places of a request. Its session's folder of spilled output is known only by what the request says of it. */
export async function placesOf(request: ModelRequest, { home, state, realpath }: PlaceParts): Promise<Places> {
  const { cwd, session } = request;
  const places: (readonly [string, string])[] = [];
  const scratch = session === undefined ? undefined : findScratch(request, state, session);
  if (scratch !== undefined) places.push(["{{scratch}}", scratch]);
  if (cwd !== undefined && cwd.length > 1) {
    const real = await realpath(cwd).catch(() => cwd);
    places.push(["{{cwd}}", cwd], ...(real === cwd ? [] : [["{{cwd}}", real] as const]));
  }
  if (home !== undefined && home.length > 1) places.push(["{{home}}", home]);
  return places.sort(([, left], [, right]) => right.length - left.length);
}

/** A text with placeholders for its places. A path is one only where it ends there or goes on with a slash. */
export function toPlaceholders(places: Places): (text: string) => string {
  const patterns = places.map(([placeholder, path]) => [placeholder, new RegExp(`(?<![\\w.-])${RegExp.escape(path)}(?![\\w-]|\\.\\w)`, "g")] as const);
  return (text) => patterns.reduce((changed, [placeholder, pattern]) => changed.replace(pattern, () => placeholder), text);
}

/** The way back. A placeholder without a place here stays. */
export function toPaths(places: Places): (text: string) => string {
  const first = new Map([...places].reverse());
  return (text) => text.replace(/\{\{(?:cwd|home|scratch)\}\}/g, (placeholder) => first.get(placeholder) ?? placeholder);
}

function findScratch(request: ModelRequest, state: string, session: string): string | undefined {
  const pattern = new RegExp(`${RegExp.escape(state)}/sessions/[0-9a-f]{16}/${RegExp.escape(session)}`);
  let found: string | undefined;
  const look = (text: string): string => ((found ??= pattern.exec(text)?.[0]), text);
  mapStrings(request.messages, { text: look, opaque: (text) => text });
  return found;
}

import { type Field, foldersOf } from "./field.ts";
import { anywhere, type Folder, isSamePath, reach } from "./paths.ts";
import type { Walk } from "./walk-state.ts";

/** More folders than this at once count as any. */
const most = 8;
/** Builtins that may take the shell anywhere. */
const wanderers: ReadonlySet<string> = new Set([".", "builtin", "eval", "exec", "source"]);

/** Where the shell goes with a command. */
export function moveOn(program: string | undefined, ways: readonly (readonly Field[])[] | undefined, wrapped: number, walk: Walk): void {
  const to = destinations(program, ways, wrapped, walk);
  if (to === undefined) return;
  const seen = [...walk.seen, ...to.filter((folder) => !walk.seen.some((one) => isSamePath(one, folder)))];
  walk.folders = to.length > most ? [anywhere] : to;
  walk.seen = seen.length > most ? [anywhere] : seen;
}

function destinations(
  program: string | undefined,
  ways: readonly (readonly Field[])[] | undefined,
  wrapped: number,
  walk: Walk,
): readonly Folder[] | undefined {
  if (program === undefined || wanderers.has(program)) return [anywhere];
  if (program === "popd") return walk.seen;
  if (program !== "cd" && program !== "pushd") return undefined;
  const { home } = walk.analysis.place;
  return (ways ?? [[]]).flatMap((fields) => {
    const target = fields.slice(wrapped + 1).find(({ value }) => value !== "--" && value !== "-P" && value !== "-L");
    if (target === undefined) return program === "pushd" ? walk.seen : home === undefined ? [anywhere] : [{ ...reach(home, anywhere), moved: true }];
    // `pushd +1` turns the list of folders round.
    if (target.value === "-" || (program === "pushd" && /^[-+]/.test(target.start))) return walk.seen;
    const to = target.value === undefined && target.rest === "anything" ? [anywhere] : foldersOf(target, walk.folders);
    // A program that is called `cd` moves nobody.
    return wrapped > 0 || fields[0]?.value !== program ? [...walk.folders, ...to] : to;
  });
}

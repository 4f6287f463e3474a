import type { ShellPath, ShellSpan } from "@claw/kernel";
import { anywhere, type Folder, folderOfPattern, pathAt, reach } from "./paths.ts";

/**
 * What a program may be given at one place of its words. A word of the shell may become several fields, or none.
 */
export interface Field extends ShellSpan {
  /** The word as it was typed. */
  readonly text: string;
  /** The field itself, where it is known. */
  readonly value: string | undefined;
  /** What it begins with for certain. */
  readonly start: string;
  /** What follows the beginning: nothing, the name of a file that is there already below it, one plain word that is no option, a whole number, the number of a stream, or anything. */
  readonly rest: "none" | "below" | "word" | "number" | "stream" | "anything";
  /** How many there are: one, one or more, or any number. */
  readonly count: "one" | "some" | "any";
  /** The pattern of files that it stands for. */
  readonly pattern?: string;
  /** The folders below which it is, where its beginning does not say it. */
  readonly below?: readonly string[];
  /** Everything that it may be, where that is known although it is not one. */
  readonly choices?: readonly string[];
}

export const knownField = (value: string, { text, pos, end }: Pick<Field, "text" | "pos" | "end">): Field => ({
  text,
  pos,
  end,
  value,
  start: value,
  rest: "none",
  count: "one",
});

/** A field of which nothing is known but its beginning. */
export const openField = (start: string, count: Field["count"], { text, pos, end }: Pick<Field, "text" | "pos" | "end">): Field => ({
  text,
  pos,
  end,
  value: undefined,
  start,
  rest: "anything",
  count,
});

/** Whether it may be taken for an option, or for none at all. */
export function mayBeOption({ value, start, rest, count, choices }: Field): boolean {
  if (value !== undefined) return value.startsWith("-");
  if (count === "any") return true;
  if (rest === "word" && start === "") return false;
  return choices === undefined ? start === "" || start.startsWith("-") : choices.some((choice) => choice.startsWith("-"));
}

/** The paths that a field names when it is taken as a file, from each folder it may be looked at from. */
export function pathsOf(field: Field, folders: readonly Folder[]): readonly ShellPath[] {
  const { value, choices, rest, start } = field;
  if (value !== undefined) return folders.map((folder) => pathAt(reach(value, folder), field));
  if (choices !== undefined) return choices.flatMap((choice) => folders.map((folder) => pathAt(reach(choice, folder), field)));
  if (rest === "stream") return [];
  if ((rest === "word" || rest === "number") && !start.includes("/")) return folders.map((folder) => pathAt({ ...folder, many: true }, field));
  if (rest !== "below") return [pathAt(anywhere, field)];
  return (field.below ?? [folderOfPattern(start)]).flatMap((name) => folders.map((folder) => pathAt({ ...reach(name, folder), many: true }, field)));
}

/** The folders that a field leads to when something goes there. */
export const foldersOf = (field: Field, folders: readonly Folder[]): readonly Folder[] => pathsOf(field, folders).map((path) => ({ ...path, moved: true }));

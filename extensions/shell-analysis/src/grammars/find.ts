import { shown } from "../arguments.ts";
import { type Field, mayBeOption, openField, pathsOf } from "../field.ts";
import { isNowhere, raise, write } from "../findings.ts";
import { pathAt } from "../paths.ts";
import type { Task } from "../scene.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Primaries that only look, without a value and with one. */
const bare = words(
  "! ( ) , -a -and -daystart -depth -d -empty -executable -false -follow -ignore_readdir_race -ls -mount -nogroup -noignore_readdir_race -noleaf -not -nouser -nowarn -o -or -print -print0 -prune -quit -readable -true -warn -writable -xdev",
);
const valued = words(
  "-amin -anewer -atime -cmin -cnewer -context -ctime -fstype -gid -group -ilname -iname -inum -ipath -iregex -iwholename -links -lname -maxdepth -mindepth -mmin -mtime -name -newer -path -perm -printf -regex -regextype -samefile -size -type -uid -used -user -wholename -xtype",
);
const writers = words("-fls -fprint -fprint0 -fprintf");
const files = words("-anewer -cnewer -newer -samefile");
const launchers = words("-exec -execdir -ok -okdir");

/** `find` looks below its folders; what it does with what it finds is said by its primaries. */
export function judgeFind(task: Task): void {
  const { fields, findings, scene } = task;
  const roots: Field[] = [];
  let at = 0;
  while (/^-(?:[HLP]|O[0-3])$/.test(fields[at]?.value ?? "")) at += 1;
  for (let field = fields[at]; field !== undefined && !startsExpression(field); field = fields[at]) {
    if (mayBeOption(field)) raise(findings, "unknown", `find: ${shown(field.text)} may turn out to be one of its actions`, field);
    roots.push(field);
    at += 1;
  }
  for (const root of roots) findings.reads.push(...pathsOf(root, scene.folders).map((path) => ({ ...path, many: true })));
  if (roots.length === 0) for (const folder of scene.folders) findings.reads.push({ ...pathAt(folder, task.head), many: true });
  while (at < fields.length) at = readPrimary(at, roots, task);
}

const startsExpression = ({ value }: Field): boolean =>
  value !== undefined && (/^-./.test(value) || value === "(" || value === "!" || value === "," || value === ")");

/** Reads one primary; the place behind it comes back. */
function readPrimary(at: number, roots: readonly Field[], task: Task): number {
  const { fields, findings, scene } = task;
  const field = fields[at] as Field;
  const word = field.value;
  const value = fields[at + 1];
  const doubt = (why: string): number => {
    raise(findings, "unknown", `find: ${why}`, field);
    return at + 1;
  };
  if (word === undefined) return doubt(`${shown(field.text)} may turn out to be one of its actions`);
  if (bare.has(word)) return at + 1;
  if (launchers.has(word)) return readLaunch(at, roots, task);
  if (word === "-delete") {
    findings.destructive = true;
    raise(findings, "destructive", "find -delete deletes what it finds", field);
    for (const path of roots.flatMap((root) => pathsOf(root, scene.folders))) write(findings, { ...path, many: true }, scene.place, "find -delete");
    return at + 1;
  }
  if (value === undefined) return doubt(`${shown(word)} is not one of the primaries that only look`);
  if (writers.has(word)) {
    if (!isNowhere(value.value)) for (const path of pathsOf(value, scene.folders)) write(findings, path, scene.place, `find ${word}`);
    return at + (word === "-fprintf" ? 3 : 2);
  }
  if (word === "-files0-from") {
    findings.reads.push(...pathsOf(value, scene.folders), ...pathsOf(openField("", "any", value), scene.folders));
    return at + 2;
  }
  if (!valued.has(word) && !/^-newer[aBcm][aBcmt]$/.test(word)) return doubt(`${shown(word)} is not one of the primaries that only look`);
  // A file's name that has a dot is no action: a pattern with one may become several words, at which find gives up.
  if (value.count !== "one" && !(value.count === "some" && value.pattern?.includes(".") === true))
    return doubt(`${shown(value.text)} may become several words`);
  if (files.has(word) || (word.startsWith("-newer") && !word.endsWith("t"))) findings.reads.push(...pathsOf(value, scene.folders));
  return at + 2;
}

/** `-exec PROGRAM … ;` starts a program for each file it finds, `-exec PROGRAM … {} +` for many at once. */
function readLaunch(at: number, roots: readonly Field[], task: Task): number {
  const { fields, findings, scene } = task;
  const field = fields[at] as Field;
  let end = at + 1;
  while (end < fields.length && fields[end]?.value !== ";" && !(fields[end]?.value === "+" && fields[end - 1]?.value === "{}")) end += 1;
  const given = fields.slice(at + 1, end);
  if (field.value !== "-exec") raise(findings, "unknown", `find ${field.value ?? ""} starts a program in each folder, or asks`, field);
  if (end === fields.length || given.some(({ value, count }) => value === undefined && count !== "one"))
    raise(findings, "unknown", "find: where the program of -exec ends is known only once it runs", field);
  const isMany = fields[end]?.value === "+";
  scene.launch(
    given.map((word) => (word.value?.includes("{}") === true ? foundBy(word, roots, isMany) : word)),
    scene,
    findings,
  );
  return end + 1;
}

/** What `{}` becomes: the name of a file below one of the folders, which begins as the folder was given. */
function foundBy(word: Field, roots: readonly Field[], isMany: boolean): Field {
  const before = word.value?.slice(0, word.value.indexOf("{}")) ?? "";
  const field = openField(before, "one", word);
  if (word.value !== "{}" || roots.some(({ value }) => value === undefined || value === ""))
    return word.value === "{}" ? { ...field, start: "./", count: isMany ? "some" : "one" } : field;
  const below = roots.length === 0 ? ["."] : roots.map(({ value = "." }) => value);
  return { ...field, start: below[0] ?? ".", rest: "below", count: isMany ? "some" : "one", below };
}

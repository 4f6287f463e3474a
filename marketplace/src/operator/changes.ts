import { ClawError, type Advertised, type MarketplaceManifest, type Namespace, type RevokedRange } from "@claw/kernel/host";
import { checkName, isSegment, scopeOf } from "../names.ts";
import { checkRange } from "../versions.ts";
import type { Change, Contents, Edition } from "./edition.ts";

export type Publisher = Namespace["publishers"][number];

const withContents = (edition: Edition, more: Partial<Contents>): Edition => ({ ...edition, contents: { ...edition.contents, ...more } });
const without = <T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

function checkScope(scope: string): void {
  if (!isSegment(scope))
    throw new ClawError("E_NAME", `${JSON.stringify(scope.slice(0, 120))} is no scope`, { name: scope.slice(0, 120) }, { fix: "write it as acme" });
}

const isSame = (a: Publisher, b: Publisher): boolean => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** Lets somebody publish under a scope. */
export const withPublisher =
  (scope: string, publisher: Publisher, { now, tlog }: { readonly now: Date; readonly tlog?: "required" }): Change =>
  (edition) => {
    checkScope(scope);
    const { namespaces } = edition.contents;
    const before: Namespace = (Object.hasOwn(namespaces, scope) ? namespaces[scope] : undefined) ?? { publishers: [], since: now.toISOString().slice(0, 10) };
    const publishers = [...before.publishers.filter((known) => !isSame(known, publisher)), publisher];
    return withContents(edition, { namespaces: { ...namespaces, [scope]: { ...before, publishers, ...(tlog === undefined ? {} : { tlog }) } } });
  };

/** Takes that right away. What was published stays, and is verified against whoever is left, so the last one goes only with the scope. */
export const withoutPublisher =
  (scope: string, publisher: Publisher): Change =>
  (edition) => {
    const { namespaces, extensions } = edition.contents;
    const before = Object.hasOwn(namespaces, scope) ? namespaces[scope] : undefined;
    const publishers = before?.publishers.filter((known) => !isSame(known, publisher)) ?? [];
    if (before === undefined || publishers.length === before.publishers.length)
      throw new ClawError("E_NAME_UNKNOWN", `that publisher is none of ${scope}`, { name: scope, suggestions: Object.keys(namespaces) });
    if (publishers.length > 0) return withContents(edition, { namespaces: { ...namespaces, [scope]: { ...before, publishers } } });
    const left = Object.keys(extensions).find((name) => scopeOf(name) === scope);
    if (left !== undefined)
      throw new ClawError(
        "E_DEPENDED_ON",
        `${left} is published, so somebody has to be its publisher`,
        { name: scope, by: [left] },
        { fix: `add another publisher of ${scope}, or remove ${left}` },
      );
    return withContents(edition, { namespaces: without(namespaces, scope) });
  };

function advertisedIn({ contents: { extensions } }: Edition, name: string): Advertised {
  checkName(name);
  const found = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
  if (found !== undefined) return found;
  throw new ClawError("E_NAME_UNKNOWN", `${name} is not published here`, { name, suggestions: [] }, { fix: "claw ext marketplace verify FOLDER" });
}

/** Gives a short name a meaning; without a name it loses it. */
export const withAlias =
  (alias: string, name: string | undefined): Change =>
  (edition) => {
    checkScope(alias);
    const { aliases } = edition.contents;
    if (name === undefined) return withContents(edition, { aliases: without(aliases, alias) });
    advertisedIn(edition, name);
    return withContents(edition, { aliases: { ...aliases, [alias]: name } });
  };

/** Says why an extension should not be used any more; without a reason it may be again. */
export const withDeprecation =
  (name: string, reason: string | undefined): Change =>
  (edition) => {
    const { deprecated: _, ...rest } = advertisedIn(edition, name);
    const next: Advertised = reason === undefined ? rest : { ...rest, deprecated: reason };
    return withContents(edition, { extensions: { ...edition.contents.extensions, [name]: next } });
  };

/** Takes an extension out of the index for good. */
export const withRemoval =
  (name: string, reason: string, now: Date): Change =>
  (edition) => {
    advertisedIn(edition, name);
    const { extensions, removed, aliases } = edition.contents;
    const { [name]: _, ...search } = edition.search;
    const contents = {
      extensions: without(extensions, name),
      removed: { ...removed, [name]: { date: now.toISOString().slice(0, 10), reason } },
      aliases: Object.fromEntries(Object.entries(aliases).filter(([, target]) => target !== name)),
    };
    return withContents({ ...edition, search, manifests: new Map([...edition.manifests].filter(([each]) => each !== name)) }, contents);
  };

/** Revokes versions of an extension, or contents. It is never taken back, so it is about something that there is or was. */
export const withRevocation =
  (range: RevokedRange, now: Date): Change =>
  (edition) => {
    if (range.name !== undefined && !Object.hasOwn(edition.contents.removed, range.name)) advertisedIn(edition, range.name);
    if (range.versions !== undefined) checkRange(range.versions, range.name ?? "a revocation");
    return withContents(edition, { revoked: [...edition.contents.revoked, { date: now.toISOString().slice(0, 10), ...range }] });
  };

/** Keeps a version from being chosen anew; without a reason it may be again. */
export const withYank =
  (
    manifest: MarketplaceManifest | undefined,
    { name, version, reason, now }: { readonly name: string; readonly version: string; readonly reason: string | undefined; readonly now: Date },
  ): Change =>
  (edition) => {
    advertisedIn(edition, name);
    const document = edition.manifests.get(name) ?? manifest;
    const published = document !== undefined && Object.hasOwn(document.versions, version) ? document.versions[version] : undefined;
    if (document === undefined || published === undefined)
      throw new ClawError(
        "E_NO_VERSION",
        `${name} ${version} is not published here`,
        { name, range: version },
        { fix: `one of ${Object.keys(document?.versions ?? {}).join(", ")}` },
      );
    const { yanked: _, ...rest } = published;
    const next = reason === undefined ? rest : { ...rest, yanked: { date: now.toISOString().slice(0, 10), reason } };
    return { ...edition, manifests: new Map(edition.manifests).set(name, { ...document, versions: { ...document.versions, [version]: next } }) };
  };

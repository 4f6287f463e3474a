import type { Manifest } from "../../kernel/src/extension/manifest.ts";
import { ownFlags } from "../../cli/src/flags.ts";
import { extensionFlags } from "../../cli/src/extension-flags.ts";

const open = "<!-- flags -->";
const close = "<!-- /flags -->";

/** The command line's page with the table of every flag, its own and its extensions', between the two markers. */
export function withFlagTable(page: string, manifests: readonly Manifest[]): string {
  const start = page.indexOf(open);
  const end = page.indexOf(close, start);
  if (start < 0 || end < 0) return page;
  const own = ownFlags.map((flag) => ({ ...flag, owner: "" }));
  const theirs = manifests.flatMap((manifest) => extensionFlags([manifest]).map((flag) => ({ ...flag, owner: manifest.name })));
  // Extensions for different platforms may share a flag.
  const all = [...Map.groupBy([...own, ...theirs], ({ name }) => name).values()].flatMap(([flag, ...same]) =>
    flag === undefined ? [] : [{ ...flag, owner: [flag, ...same].map(({ owner }) => owner).join(", ") }],
  );
  const rows = all.map(({ name, short, takes, value, description, owner }: (typeof own)[number]) =>
    `| ${short === undefined ? "" : `\`-${short}\` `}\`--${name}${takes === "none" ? "" : ` ${value ?? "VALUE"}`}\` | ${description.replaceAll("|", "\\|")} | ${owner} |\n`.replaceAll(
      /`([^`]*)\|([^`]*)`/g,
      (cell) => cell.replaceAll("|", "\\|"),
    ),
  );
  return `${page.slice(0, start)}${open}\n| flag | does | of |\n| --- | --- | --- |\n${rows.join("")}${page.slice(end)}`;
}

import { ClawError } from "@claw/kernel/host";
import { table } from "../view-text.ts";
import type { VerbCall } from "../verbs/run.ts";
import { openKnown } from "./catalogues.ts";
import { withClient } from "./client.ts";
import { emit, oneLine, roomIn } from "./result.ts";

interface Found {
  readonly name: string;
  readonly description: string;
  readonly marketplace: string;
  readonly installed: boolean;
}

/** `claw ext search WORDS`: what the marketplaces have of that. Every word has to be in the name, the description or the keywords. */
export async function search(call: VerbCall, { words }: { readonly words: readonly string[] }): Promise<number> {
  const { booted, terminal, json } = call;
  const found = await withClient(call, {}, (client) =>
    client.patient(async (signal) => {
      const catalogues = await openKnown(client, call, signal);
      const all = await Promise.all(
        catalogues.map(async (catalogue) => {
          // One that does not answer may have told only its names when it last did.
          const about = await (catalogue.stale === undefined ? catalogue.search(signal) : catalogue.search(signal).catch(() => ({})));
          return catalogue.names.map((name) => ({ name, marketplace: catalogue.id, ...aboutOf(about, name) }));
        }),
      );
      return ranked(all.flat(), words).map(({ name, description, marketplace }): Found => ({
        name,
        description,
        marketplace,
        installed: booted.installed.names.includes(name),
      }));
    }),
  );
  if (json) await emit(call, found, () => "");
  else if (found.length > 0)
    await terminal.write(
      table(
        ["name", "state", "from", "what"],
        found.map((one) => [one.name, one.installed ? "installed" : "-", one.marketplace, one.description].map(oneLine)),
        roomIn(terminal),
      ),
    );
  if (found.length > 0 || words.length === 0) return 0;
  throw new ClawError(
    "E_NAME_UNKNOWN",
    `no marketplace has anything about ${words.join(" ")}`,
    { name: words.join(" "), suggestions: [] },
    { fix: "claw ext search lists everything" },
  );
}

interface About {
  readonly description: string;
  readonly keywords: readonly string[];
}

function aboutOf(documents: Readonly<Record<string, readonly [string, readonly string[]]>>, name: string): About {
  const [description, keywords] = Object.hasOwn(documents, name) ? (documents[name] ?? ["", []]) : ["", []];
  return { description, keywords };
}

/** What has every word, those first that have most of them in their name. */
export function ranked<T extends About & { readonly name: string }>(all: readonly T[], words: readonly string[]): readonly T[] {
  const wanted = words.map((word) => word.toLowerCase());
  const textOf = ({ name, description, keywords }: T): string => [name, description, ...keywords].join("\n").toLowerCase();
  const inName = ({ name }: T): number => wanted.filter((word) => name.includes(word)).length + (wanted.includes(name.split("/")[1] ?? "") ? 1 : 0);
  return all.filter((one) => wanted.every((word) => textOf(one).includes(word))).sort((a, b) => inName(b) - inName(a) || (a.name < b.name ? -1 : 1));
}

import { ClawError, nearest } from "@claw/kernel/host";
import type { OfferedExtension } from "@claw/marketplace";
import { folded } from "../sections.ts";
import type { VerbCall } from "../verbs/run.ts";
import { openReachable } from "./catalogues.ts";
import { withClient } from "./client.ts";
import { emit, oneLine, roomIn } from "./result.ts";

/** `claw ext info NAME` of what is not installed: what the marketplaces say of it, and how to have it. `absent` is what is thrown where none says anything. */
export async function infoOffered(name: string, absent: ClawError, call: VerbCall): Promise<number> {
  const { found, names } = await withClient(call, {}, (client) =>
    client.patient(async (signal) => {
      const catalogues = await openReachable(client, call, signal);
      return { found: await client.library.offeredExtensions(name, catalogues, client.context, signal), names: catalogues.flatMap((each) => each.names) };
    }),
  );
  if (found.length === 0) throw absent.message.includes("did you mean") ? absent : nowhere(name, names);
  const records = found.map((one) => {
    const version = one.young ? `@${one.version} --fresh` : "";
    return { ...one, state: "not installed", add: `claw ext add ${one.name}${version}${found.length > 1 ? ` --from ${one.marketplace}` : ""}` };
  });
  await emit(call, records, (one) => offeredText(one, roomIn(call.terminal)));
  return 0;
}

/** Neither here nor anywhere else. */
function nowhere(name: string, names: readonly string[]): ClawError {
  const [near] = nearest(name, names);
  const [base] = nearest(
    name,
    names.map((one) => one.split("/")[1] ?? one),
  );
  const meant = near ?? names.find((one) => one.split("/")[1] === base);
  return new ClawError(
    "E_NOT_INSTALLED",
    `${name} is not installed, and no marketplace offers it${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    { extension: name },
    { fix: meant === undefined ? "claw ext search" : `claw ext info ${meant}` },
  );
}

/** What a row's text begins after. */
const indent = 14;

function offeredText(one: OfferedExtension & { readonly state: string; readonly add: string }, columns: number): string {
  const { name, version, description, marketplace, publisher, tier, contributes, asks, needs, published, engines, deprecated, versions, state, add, young } =
    one;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["name", [name]],
    ["version", [version]],
    ["state", [state]],
    ["deprecated", deprecated === undefined ? [] : [deprecated]],
    ["warning", young ? ["its newest version is only just out: it is taken when it is named exactly, with --fresh"] : []],
    ["what", description === "" ? [] : [description]],
    ["runs", [tier === "declarative" ? "no code of its own" : "its code in claw's own process, with all your rights"]],
    ["asks for", asks.length === 0 ? ["nothing"] : asks],
    ["contributes", contributes.length === 0 ? [] : [contributes.join(", ")]],
    ["needs", needs],
    ["publisher", [publisher]],
    ["from", [marketplace]],
    ["published", published === undefined ? [] : [published]],
    ["for claw", [engines]],
    ["versions", versions],
    ["add it with", [add]],
  ];
  return rows.flatMap(([title, texts]) => texts.flatMap((text, index) => rowLines(index === 0 ? title : "", text, columns))).join("");
}

const rowLines = (title: string, text: string, columns: number): readonly string[] =>
  folded(oneLine(text), Math.max(20, columns - indent)).map((line, index) => `${(index === 0 ? title : "").padEnd(indent)}${line}\n`);

import { exitCodeOf, reseal } from "@claw/kernel/host";
import type { StoreReport } from "@claw/marketplace";
import { printable } from "../printable.ts";
import type { VerbCall } from "../verbs/run.ts";
import { isYes, openAsking } from "./ask.ts";
import { withClient } from "./client.ts";
import { installedName } from "./installed-name.ts";
import { emit, oneLine } from "./result.ts";

type Documents = StoreReport["documents"];

/** `claw ext verify [NAME]`: hashes what is installed again, and checks the seals. A document that something else has changed is shown, and sealed again only by a person's yes. */
export async function verify(call: VerbCall, { name }: { readonly name: string | undefined }): Promise<number> {
  const { json, signal } = call;
  return withClient(call, {}, async ({ library, context, progress }) => {
    const report = await library.verifyStore(context.store, signal);
    progress.stop();
    const full =
      name === undefined ? undefined : installedName(name, [...new Set([...call.booted.installed.names, ...report.packages.map((one) => one.name)])]);
    const packages = report.packages.filter((one) => full === undefined || one.name === full);
    await emit(call, [{ ...report, packages }], (all) => textOf(all));
    const left = json ? report.documents : await sealedAgain(report.documents, call, context.store);
    if (left.length > 0) return exitCodeOf("E_SEAL");
    return packages.length > 0 ? exitCodeOf("E_LOAD_INTEGRITY") : 0;
  });
}

function textOf({ checked, packages, documents, leftovers }: StoreReport): string {
  const damaged = packages.map(
    ({ name, version, problems }) => `${name} ${version} is damaged (claw ext repair ${name})\n${problems.map((one) => `  ${oneLine(one)}\n`).join("")}`,
  );
  const broken = documents.map(({ text, differences }) => `${oneLine(text)}\n${differences.map((one) => `  ${oneLine(one)}\n`).join("")}`);
  const left = leftovers.length === 0 ? "" : `${leftovers.length} folders that nothing needs (claw ext gc)\n`;
  const intact = damaged.length + broken.length === 0 ? " and intact" : "";
  return `${checked} ${checked === 1 ? "package" : "packages"} checked${intact}\n${damaged.join("")}${broken.join("")}${left}`;
}

/** Shows each document that is not sealed, and seals it as it stands if the person says so; answers those that stay unsealed. */
async function sealedAgain(documents: Documents, { terminal, signal }: VerbCall, store: Parameters<typeof reseal>[0]): Promise<Documents> {
  const open = documents.filter(({ seen }) => seen !== undefined);
  if (open.length === 0) return documents;
  if (!terminal.interactive) {
    terminal.say("what is right can be sealed again where somebody can be asked: claw ext verify in a terminal\n");
    return documents;
  }
  const asking = openAsking(terminal, signal);
  const left = documents.filter(({ seen }) => seen === undefined);
  for (const one of open) {
    const { document, seen = "" } = one;
    terminal.say(`${document} says:\n${printable(pretty(seen))}\n`);
    if (isYes(await asking.line(`Is that what it should say? Sealing it trusts every word of it. [y/N] `))) await reseal(store, document, seen, signal);
    else left.push(one);
  }
  return left;
}

/** Laid out for people where it is JSON at all. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

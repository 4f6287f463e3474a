/** One side of a comparison, in a process of its own: `ask-provider SUBJECT claw|sdk|raw URL SAMPLES`. Prints JSON: CPU of long replies, times of calls. */
import type { ModelProvider } from "@claw/kernel";
import { startSubject, subjects } from "../judge/subjects.ts";
import { type Ask, bareSdks } from "./bare-sdk.ts";

const [name = "", side = "", url = "", samples = "1"] = process.argv.slice(2);

async function ourAsk(): Promise<Ask> {
  const subject = subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`there is no subject ${name}`);
  const { provider }: { readonly provider: ModelProvider } = await startSubject(subject, url);
  return async (prompt) => {
    let events = 0;
    const request = { model: subject.model, system: [], tools: [], messages: [{ role: "user" as const, content: [{ type: "text" as const, text: prompt }] }] };
    for await (const _event of provider.stream(request, new AbortController().signal)) events += 1;
    return events;
  };
}

/** The same bytes, read and thrown away. */
const rawAsk: Ask = async (prompt) => {
  let reads = 0;
  const { body } = await fetch(url, { method: "POST", body: JSON.stringify({ prompt }) });
  for await (const _bytes of body ?? []) reads += 1;
  return reads;
};

const ask = side === "raw" ? rawAsk : side === "sdk" ? await bareSdks[name]?.(url) : await ourAsk();
if (ask === undefined) throw new Error(`${name} has no SDK to compare with`);

const now = (): number => performance.timeOrigin + performance.now();
for (let warm = 0; warm < 3; warm += 1) await ask("long");
const cpuMs: number[] = [];
for (let sample = 0; sample < Number(samples); sample += 1) {
  const before = process.cpuUsage();
  await ask("long");
  const { user, system } = process.cpuUsage(before);
  cpuMs.push((user + system) / 1000);
}
for (let warm = 0; warm < 150; warm += 1) await ask("short");
const calls: number[] = [];
for (let sample = 0; sample < 200; sample += 1) {
  calls.push(now());
  await ask(`timed ${sample}`);
}
process.stdout.write(JSON.stringify({ cpuMs, calls }));
process.exit(0);

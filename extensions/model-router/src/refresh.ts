import { ClawError, type Host, type ModelProvider, type SlotView } from "@claw/kernel";
import { told, type Voice } from "./command-line.ts";
import { writeRefresh } from "./refresh-file.ts";
import { sifted } from "./refreshed.ts";

export interface RefreshParts {
  readonly providers: SlotView<ModelProvider>;
  readonly host: Pick<Host, "folders" | "now">;
  readonly voice: Voice;
}

/** Asks the vendors for their lists, all at once, and keeps them. Answers whether any of those that could be asked has answered. */
export async function refreshAll(names: readonly string[], parts: RefreshParts, signal: AbortSignal): Promise<boolean> {
  const { voice } = parts;
  const outcomes = await Promise.all(
    names.map(async (name) => {
      try {
        return await refreshOne(name, parts, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { message, ...about } = told(error);
        voice.warn(`${name} was not refreshed: ${message}${about.fix === undefined ? "" : ` (${about.fix})`}`, { provider: name, ...about });
        return "failed";
      }
    }),
  );
  return outcomes.includes("refreshed") || !outcomes.includes("failed");
}

async function refreshOne(name: string, { providers, host, voice }: RefreshParts, signal: AbortSignal): Promise<"refreshed" | "unable"> {
  const provider = await providers.get(name);
  if (provider?.refresh === undefined) {
    voice.note(`${name} has no list to ask for`);
    return "unable";
  }
  // What keeps it from saying where it is, is said when it is asked.
  const { host: where, ready } = (await provider.status?.(signal).catch(() => undefined)) ?? {};
  signal.throwIfAborted();
  if (ready !== false) voice.note(`asking ${where ?? name} for its models …`);
  const found = sifted(await provider.refresh(signal));
  if (found === undefined)
    throw new ClawError("EXTENSION_FAILED", `the provider ${name} answered refresh with something that is no list of models`, {
      extension: name,
      at: `provider ${name}`,
    });
  const { models, left } = found;
  const at = host.now().toISOString();
  await writeRefresh(host.folders.cache, { version: 1, provider: name, ...(where === undefined ? {} : { host: where }), at, models });
  voice.note(`${name} lists ${models.length} models${left === 0 ? "" : `; ${left} more make no sense and are left out`}`);
  return "refreshed";
}

import type { CommandCall, ResolvedModel } from "@claw/kernel";
import { isStarMatch } from "@claw/kernel/kit";
import { resolveAddress, split } from "./address.ts";
import { catalogueOf, type Catalogue } from "./catalogue.ts";
import { parsed, requireProvider, told, usageError, voiceOf, type CommandParts, type Voice } from "./command-line.ts";
import { modelsTable } from "./models-table.ts";
import { probesOf, withProbe } from "./probe-file.ts";
import { refreshAll } from "./refresh.ts";

const usage = `claw models [--provider NAME] [--all] [PATTERN]
claw models --refresh [--provider NAME]`;

/** `claw models`: what there is, what each can do and costs, and who says so. */
export async function modelsCommand(asked: CommandCall, { config, providers, host }: CommandParts): Promise<number> {
  const { call, words, flags } = parsed(asked, "models", { all: "boolean", refresh: "boolean", provider: "string" }, usage);
  const [pattern, more] = words;
  if (more !== undefined) throw usageError(`models was given too much: ${JSON.stringify(more)}`, usage);
  const { signal } = call;
  const voice = voiceOf(call);
  const wanted = flags["provider"];
  if (typeof wanted === "string") requireProvider(wanted, providers.names);
  const names = typeof wanted === "string" ? [wanted] : providers.names;

  const refreshed = flags["refresh"] === true ? await refreshAll(names, { providers, host, voice }, signal) : true;
  const catalogue = catalogueOf({ providers, known: config.known, host, warn: (text) => voice.warn(text) });
  const models = (await everyModel(names, catalogue, voice, signal)).filter(({ address }) => pattern === undefined || isMeant(pattern, address));
  const shown = flags["all"] === true ? models : models.filter(({ info }) => info.tools);

  const probed = probesOf(host.folders.cache, (text) => voice.warn(text));
  if (call.json) for (const { address, info } of shown) call.emit({ type: "model", address, ...withProbe(info, await probed(address)) });
  else if (shown.length > 0) call.show(modelsTable(shown));
  if (models.length === 0) voice.note(pattern === undefined ? "there are no models" : `no model's name has ${JSON.stringify(pattern)} in it`);
  else if (shown.length < models.length) voice.note(`${models.length - shown.length} more call no tools; --all lists them too`);
  await sayMistakes({ config, catalogue, voice, names: providers.names }, signal);
  return refreshed ? 0 : 1;
}

async function everyModel(names: readonly string[], catalogue: Catalogue, voice: Voice, signal: AbortSignal): Promise<readonly ResolvedModel[]> {
  const lists = await Promise.all(
    names.map(async (provider) => {
      try {
        return (await catalogue.listAll(provider, signal)).map((info) => ({ address: `${provider}/${info.id}`, info }));
      } catch (error) {
        signal.throwIfAborted();
        const { message, ...about } = told(error);
        voice.warn(`the models of ${provider} could not be listed: ${message}`, { provider, ...about });
        return [];
      }
    }),
  );
  return lists.flat();
}

/** A pattern with a star stands for a whole address or a model's own name; without one, for a part of an address. */
function isMeant(pattern: string, address: string): boolean {
  const [wanted, whole] = [pattern.toLowerCase(), address.toLowerCase()];
  if (!wanted.includes("*")) return whole.includes(wanted);
  const pieces = wanted.split("*");
  return isStarMatch(pieces, whole) || isStarMatch(pieces, split(whole).id);
}

interface Checked extends Pick<CommandParts, "config"> {
  readonly catalogue: Catalogue;
  readonly voice: Voice;
  /** The providers that are installed. */
  readonly names: readonly string[];
}

/** Models of the settings that there are not: found here and not on the day one is needed. */
async function sayMistakes({ config, catalogue, voice, names }: Checked, signal: AbortSignal): Promise<void> {
  const naming = { catalogue, aliases: config.aliases, standard: config.default };
  const named = [{ key: "models.default", address: config.default }, ...config.fallback.map((address) => ({ key: "models.fallback", address }))];
  for (const { key, address } of named) {
    try {
      await resolveAddress(address, naming, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message, ...about } = told(error);
      voice.warn(`${key} names ${address}: ${message}${about.fix === undefined ? "" : ` (${about.fix})`}`, about);
    }
  }
  for (const { address, contextWindow } of config.known) {
    const { provider, id } = split(address);
    if (provider === undefined || !names.includes(provider)) voice.warn(`models.known names ${address}, and no provider of that name is installed`);
    else if (contextWindow === undefined && !(await isListed(catalogue, provider, id, signal)))
      voice.warn(`models.known names ${address} without its contextWindow, which nobody else knows`);
  }
}

const isListed = async (catalogue: Catalogue, provider: string, id: string, signal: AbortSignal): Promise<boolean> =>
  (await catalogue.listAll(provider, signal).catch(() => [])).some((model) => model.id === id);

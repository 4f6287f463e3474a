import { ClawError, type ModelInfo, type ResolvedModel } from "@claw/kernel";
import type { Catalogue } from "./catalogue.ts";
import { closest } from "./suggestions.ts";

/** The default of the manifest. */
export const shippedDefault = "anthropic/claude-sonnet-5-5";

export interface Naming {
  readonly catalogue: Catalogue;
  readonly aliases: Readonly<Record<string, string>>;
  /** The address used when none is named; its provider is preferred where a bare name fits several. */
  readonly standard: string;
}

/** The model that an address `<provider>/<model>`, an alias or a bare name means. Which keys are set plays no part. */
export async function resolveAddress(written: string, naming: Naming, signal: AbortSignal): Promise<ResolvedModel> {
  const wanted = behindAliases(written.trim(), naming.aliases);
  const { provider, id } = split(wanted);
  const { catalogue } = naming;
  if (provider !== undefined && id === "") throw unnamed(written, provider);
  if (provider !== undefined && catalogue.providers.includes(provider)) {
    const models = await catalogue.list(provider, signal);
    const info = named(models, id) ?? named(await catalogue.listAll(provider, signal), id) ?? (await catalogue.unlisted(provider, id));
    if (info !== undefined) return { address: `${provider}/${info.id}`, info };
    throw unknown(
      wanted,
      `${provider} has no model "${id}"`,
      models.map((model) => `${provider}/${model.id}`),
    );
  }
  const { found, silent } = await everywhere(wanted, catalogue, signal);
  if (found.length > 0) return theOne(found, wanted, naming.standard);
  if (provider !== undefined) throw await notInstalled(wanted, provider, catalogue.providers);
  const absent = catalogue.providers.some((name) => catalogue.claims(name, wanted)) ? undefined : await absentFor(wanted, catalogue.providers);
  if (absent !== undefined) throw absent;
  const unasked = silent.length === 0 ? "" : ` (${silent.join(" and ")} could not be asked)`;
  const alias = written.trim() === wanted ? "" : `, which the alias "${written.trim()}" stands for`;
  throw unknown(wanted, `there is no model "${wanted}"${alias}${unasked}`, await allAddresses(catalogue, signal));
}

/**
 * What is wrong with an address that can be no model's, as far as that can be said without waking a provider. What is left is found
 * out when the model is asked.
 */
export async function impossible(written: string, { catalogue, aliases }: Naming): Promise<ClawError<"MODEL_UNKNOWN"> | undefined> {
  const { providers } = catalogue;
  try {
    const wanted = behindAliases(written.trim(), aliases);
    const { provider } = split(wanted);
    if (provider === undefined || providers.includes(provider) || providers.some((name) => catalogue.claims(name, wanted))) return undefined;
    // One that may have models of any name may have this one, unless the address begins with another of claw's own.
    if (!(await isOwn(provider)) && providers.some((name) => catalogue.mayServe(name, wanted))) return undefined;
    return await notInstalled(wanted, provider, providers);
  } catch (error) {
    if (ClawError.is(error, "MODEL_UNKNOWN")) return error;
    throw error;
  }
}

/** A model of a list by its id, or by one of its short names. */
const named = (models: readonly ModelInfo[], name: string): ModelInfo | undefined =>
  models.find((model) => model.id === name) ?? models.find((model) => model.aliases?.includes(name) === true);

/** The parts of an address: the provider ends at the first slash, a model's own name may have more of them. */
export function split(address: string): { readonly provider: string | undefined; readonly id: string } {
  const at = address.indexOf("/");
  return at === -1 ? { provider: undefined, id: address } : { provider: address.slice(0, at), id: address.slice(at + 1) };
}

function behindAliases(written: string, aliases: Readonly<Record<string, string>>): string {
  const seen = new Set<string>();
  let name = written;
  while (Object.hasOwn(aliases, name) && !seen.has(name)) {
    seen.add(name);
    name = aliases[name]?.trim() ?? "";
  }
  if (seen.has(name))
    throw new ClawError(
      "MODEL_UNKNOWN",
      `the alias "${written}" leads back to itself`,
      { model: written, suggestions: [] },
      { fix: "correct models.aliases in your settings" },
    );
  if (name === "")
    throw new ClawError("MODEL_UNKNOWN", "no model is named", { model: written, suggestions: [] }, { fix: "give one: --model <provider>/<model>" });
  return name;
}

const unnamed = (written: string, provider: string): ClawError<"MODEL_UNKNOWN"> =>
  new ClawError(
    "MODEL_UNKNOWN",
    `"${written}" names no model of ${provider}`,
    { model: written, suggestions: [] },
    { fix: `claw models --provider ${provider} lists what there is` },
  );

interface Found {
  readonly found: readonly ResolvedModel[];
  /** Providers that might have it but did not answer. */
  readonly silent: readonly string[];
}

/**
 * A bare name among all providers: what those list whose manifest may have it, what the others list, what vendors said at the last
 * refresh; and only then what a provider takes for granted of a name that is like its own.
 */
async function everywhere(name: string, catalogue: Catalogue, signal: AbortSignal): Promise<Found> {
  const likely = catalogue.providers.filter((provider) => catalogue.mayServe(provider, name));
  const first = await among(likely, (provider) => listedAs(provider, name, catalogue, signal), signal);
  if (first.found.length > 0) return first;
  const others = catalogue.providers.filter((provider) => !likely.includes(provider));
  const second = await among(others, (provider) => listedAs(provider, name, catalogue, signal), signal);
  if (second.found.length > 0) return second;
  const recalled = await among(catalogue.providers, async (provider) => named(await catalogue.listAll(provider, signal), name), signal);
  if (recalled.found.length > 0) return recalled;
  const assumed = await among(likely, (provider) => catalogue.unlisted(provider, name), signal);
  return { found: assumed.found, silent: [...first.silent, ...second.silent] };
}

const listedAs = async (provider: string, name: string, catalogue: Catalogue, signal: AbortSignal): Promise<ModelInfo | undefined> =>
  named(await catalogue.list(provider, signal), name);

async function among(providers: readonly string[], ask: (provider: string) => Promise<ModelInfo | undefined>, signal: AbortSignal): Promise<Found> {
  const answers = await Promise.allSettled(providers.map(ask));
  signal.throwIfAborted();
  return {
    found: answers.flatMap((answer, at) =>
      answer.status === "fulfilled" && answer.value !== undefined ? [{ address: `${providers[at]}/${answer.value.id}`, info: answer.value }] : [],
    ),
    silent: providers.filter((_, at) => answers[at]?.status === "rejected"),
  };
}

function theOne(found: readonly ResolvedModel[], wanted: string, standard: string): ResolvedModel {
  // A default may be a short name itself, which settles nothing.
  const preferred = split(standard).provider ?? split(shippedDefault).provider;
  const one = found.length === 1 ? found[0] : found.find(({ address }) => split(address).provider === preferred);
  if (one !== undefined) return one;
  const addresses = found.map(({ address }) => address);
  throw new ClawError(
    "MODEL_UNKNOWN",
    `"${wanted}" is offered more than once: ${addresses.join(", ")}`,
    { model: wanted, suggestions: addresses },
    { fix: `say which: --model ${addresses[0]}` },
  );
}

const isOwn = async (provider: string): Promise<boolean> => (await import("./first-party.ts")).firstParty.some((one) => one.provider === provider);

/** There is no such provider; where it is one of claw's own, the command that adds it is the fix. */
async function notInstalled(wanted: string, provider: string, providers: readonly string[]): Promise<ClawError<"MODEL_UNKNOWN">> {
  const { addCommand, firstParty } = await import("./first-party.ts");
  const own = firstParty.find((one) => one.provider === provider);
  const suggestions = own === undefined ? closest(provider, providers).map((name) => `${name}/${split(wanted).id}`) : [];
  const hint = suggestions[0] === undefined ? "" : `; did you mean ${suggestions[0]}?`;
  return new ClawError(
    "MODEL_UNKNOWN",
    `no provider "${provider}" is installed${hint}`,
    { model: wanted, suggestions },
    { fix: own === undefined ? "claw provider list --all shows what there is" : addCommand(own) },
  );
}

/** A bare name that no provider has, if an extension of claw's own that is not installed has models of such a name. */
async function absentFor(name: string, providers: readonly string[]): Promise<ClawError<"MODEL_UNKNOWN"> | undefined> {
  const { addCommand, firstPartyFor } = await import("./first-party.ts");
  const own = firstPartyFor(name, providers);
  if (own === undefined) return undefined;
  return new ClawError(
    "MODEL_UNKNOWN",
    `there is no model "${name}"; ${own.extension}, which has models of such a name, is not installed`,
    { model: name, suggestions: [`${own.provider}/${name}`] },
    { fix: addCommand(own) },
  );
}

function unknown(wanted: string, what: string, candidates: readonly string[]): ClawError<"MODEL_UNKNOWN"> {
  const suggestions = closest(wanted, candidates);
  const hint = suggestions[0] === undefined ? "" : `; did you mean ${suggestions[0]}?`;
  const fix = suggestions[0] === undefined ? "name it in models.known of your settings if it is a new one" : `--model ${suggestions[0]}`;
  return new ClawError("MODEL_UNKNOWN", `${what}${hint}`, { model: wanted, suggestions }, { fix });
}

async function allAddresses(catalogue: Catalogue, signal: AbortSignal): Promise<readonly string[]> {
  const lists = await Promise.allSettled(
    catalogue.providers.map(async (provider) => (await catalogue.list(provider, signal)).map(({ id }) => `${provider}/${id}`)),
  );
  return lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
}

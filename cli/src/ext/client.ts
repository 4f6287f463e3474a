import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError, openStore, SecretsService, type Kernel, type PluginHooks, type Secrets } from "@claw/kernel/host";
import type { ClientContext } from "@claw/marketplace";
import { isOn } from "../args.ts";
import type { Boot } from "../boot.ts";
import { startKernel } from "../kernel-start.ts";
import { bundledStore, programFolder, userStoreOf } from "../paths.ts";
import { errorText } from "../report.ts";
import { watchStrays } from "../strays.ts";
import type { VerbCall } from "../verbs/run.ts";
import { version } from "../version.ts";
import { certificateAuthorities } from "./certificate-authorities.ts";
import { openProgress, type Progress } from "./progress.ts";

/** The library that the verbs of `claw ext` call. It is imported when one does, and never on the way to a prompt. */
export type Library = typeof import("@claw/marketplace");

/** What a verb works with. */
export interface Client {
  readonly library: Library;
  readonly context: ClientContext;
  /** The hooks of the extensions that are on; they wake with the first event. */
  readonly hooks: PluginHooks;
  readonly progress: Progress;
  /** The person's Ctrl-C, or the end of patience for machines. Time in which a person is asked does not count against it. */
  readonly patient: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

export interface ClientOptions {
  /** HTTP from a host that is not this machine. */
  readonly insecure?: boolean;
  /** Milliseconds for what is fetched by one command. */
  readonly patienceMs?: number;
}

/** A marketplace that answers every byte slowly must not hold a command for ever (extensions.md §3.5). */
const patienceMs = 120_000;

/** Runs a verb's work with a client; whatever it started is closed afterwards. */
export async function withClient<T>(call: VerbCall, options: ClientOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const { booted, terminal, json, signal } = call;
  const library = await import("@claw/marketplace");
  const progress = openProgress(terminal, json, () => performance.now());
  let kernel: Kernel | undefined;
  let strays: ReturnType<typeof watchStrays> | undefined;
  const started = (): Kernel => {
    kernel ??= startKernel(booted);
    strays ??= watchStrays(kernel, (error) => terminal.say(errorText(error, isOn(booted.args, "debug"))));
    return kernel;
  };
  const context: ClientContext = {
    store: userStoreOf(booted.folders),
    bundled: openStore(bundledStore),
    ...defaultMarketplace(),
    cache: join(booted.folders.cache, "marketplaces"),
    version,
    platform: process.platform,
    now: () => new Date(),
    policy: booted.policy,
    network: networkOf(booted, options),
    credentials: async (name) => headersOf(name, await (await started().service<Secrets>(SecretsService.id)).get(name)),
    progress: progress.step,
  };
  try {
    return await work({
      library,
      context,
      progress,
      hooks: { around: (event, install) => started().plugins.around(event, install) },
      patient: (one) => withPatience(one, signal, options.patienceMs ?? patienceMs),
    });
  } finally {
    progress.stop();
    await kernel?.close();
    strays?.stop();
  }
}

function networkOf({ args, environment }: Boot, { insecure }: ClientOptions): ClientContext["network"] {
  const ca = certificateAuthorities(environment);
  return { offline: isOn(args, "offline"), ...(insecure === true ? { insecure } : {}), ...(ca === undefined ? {} : { ca }) };
}

/** The marketplace that comes with the program: beside it, or where a build of the repository puts it. */
function defaultMarketplace(): Pick<ClientContext, "defaultUrl"> {
  const found = [join(programFolder, "marketplace"), join(programFolder, "..", "dist", "marketplace")].find((folder) => existsSync(folder));
  return found === undefined ? {} : { defaultUrl: `${pathToFileURL(found).href}/` };
}

/** A secret is either the headers as JSON, or a token. */
export function headersOf(name: string, secret: string | undefined): Readonly<Record<string, string>> {
  if (secret === undefined)
    throw new ClawError(
      "E_MARKETPLACE_UNKNOWN",
      `there is no secret ${name}, which this marketplace is asked with`,
      { marketplace: name },
      { fix: `set ${name}, or put it into credentials.json` },
    );
  if (!secret.trimStart().startsWith("{")) return { authorization: `Bearer ${secret}` };
  let value: unknown;
  try {
    value = JSON.parse(secret);
  } catch {
    value = undefined;
  }
  const entries = Object.entries((value ?? {}) as object);
  if (entries.length === 0 || entries.some(([, text]) => typeof text !== "string"))
    throw new ClawError("USAGE", `the secret ${name} is neither a token nor a JSON object of headers`, {}, { fix: `{ "authorization": "Bearer …" }` });
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

async function withPatience<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, ms: number): Promise<T> {
  const controller = new AbortController();
  const seconds = Math.round(ms / 1000);
  const timer = setTimeout(() => {
    controller.abort(new ClawError("E_TIMEOUT", `the marketplaces took longer than ${seconds} s together`, { url: "", ms }, { retryable: true }));
  }, ms);
  try {
    return await work(AbortSignal.any([signal, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}

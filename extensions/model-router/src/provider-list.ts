import type { CommandCall, ModelProvider, ProviderStatus, SlotView, ViewNode } from "@claw/kernel";
import { catalogueOf, type Catalogue } from "./catalogue.ts";
import { told, voiceOf, type CommandParts } from "./command-line.ts";
import { addCommand, firstParty } from "./first-party.ts";

interface Listed {
  readonly type: "provider";
  readonly provider: string;
  readonly extension?: string;
  readonly installed: boolean;
  /** `unknown` of a provider that does not say. */
  readonly ready: boolean | "unknown";
  readonly host?: string;
  readonly credential?: string;
  readonly models?: number;
  readonly problem?: string;
  readonly fix?: string;
}

/** `claw provider list`: whether each provider could answer, without asking it; with `all` also claw's own that are not installed. */
export async function providerList(call: CommandCall, { config, providers, host }: CommandParts, all: boolean): Promise<number> {
  const voice = voiceOf(call);
  const catalogue = catalogueOf({ providers, known: config.known, host, warn: (text) => voice.warn(text) });
  const installed = await Promise.all(
    providers.names.map(async (name) => {
      try {
        return await listedOf(name, providers, catalogue, call.signal);
      } catch (error) {
        call.signal.throwIfAborted();
        const { message, fix } = told(error);
        return { ...nameOf(name, providers), installed: true, ready: false, problem: message, ...(fix === undefined ? {} : { fix }) };
      }
    }),
  );
  const absent = all ? firstParty.filter(({ provider }) => !providers.names.includes(provider)) : [];
  const rows: readonly Listed[] = [
    ...installed,
    ...absent.map((one) => ({
      type: "provider" as const,
      provider: one.provider,
      extension: one.extension,
      installed: false,
      ready: false,
      problem: "it is not installed",
      fix: addCommand(one),
    })),
  ];
  if (call.json) for (const row of rows) call.emit(row);
  else if (rows.length === 0) voice.note("no provider is installed; --all lists those there are");
  else call.show(...shownAs(rows));
  return 0;
}

/** A table that fits into 80 columns, and below it what is to be done, a line a provider: one command may add many. */
function shownAs(rows: readonly Listed[]): readonly ViewNode[] {
  const table: ViewNode = {
    type: "table",
    columns: ["provider", "ready", "models", "host", "credential"],
    rows: rows.map(({ provider, installed, ready, models, host = "", credential = "" }) => [
      provider,
      !installed ? "not installed" : ready === "unknown" ? "unknown" : ready ? "yes" : "no",
      models === undefined ? "" : String(models),
      host,
      credential,
    ]),
  };
  const problems = rows
    .filter(({ installed }) => installed)
    .flatMap(({ provider, problem, fix }) => (problem === undefined ? [] : [`${provider}: ${problem}${fix === undefined ? "" : `\n  ${fix}`}`]));
  const absent = [
    ...Map.groupBy(
      rows.filter(({ installed }) => !installed),
      ({ fix }) => fix ?? "",
    ),
  ];
  const commands = absent.map(([command, added]) => `${command}\n  adds ${added.map(({ provider }) => provider).join(", ")}`);
  const text = [...problems, ...commands].join("\n");
  return text === "" ? [table] : [table, { type: "markdown", text: `\n${text}` }];
}

async function listedOf(name: string, providers: SlotView<ModelProvider>, catalogue: Catalogue, signal: AbortSignal): Promise<Listed> {
  const [status, models] = await Promise.all([(await providers.get(name))?.status?.(signal), catalogue.listAll(name, signal)]);
  return { ...nameOf(name, providers), installed: true, ready: "unknown", ...said(status), models: models.length };
}

const said = (status: ProviderStatus | undefined): Partial<Listed> => {
  if (status === undefined) return {};
  const { ready, host, credential, problem, fix } = status;
  const texts = Object.entries({ host, credential, problem, fix }).filter(([, text]) => text !== undefined);
  return { ready, ...Object.fromEntries(texts) };
};

function nameOf(provider: string, providers: SlotView<ModelProvider>): Pick<Listed, "type" | "provider" | "extension"> {
  const extension = providers.owner(provider);
  return { type: "provider", provider, ...(extension === undefined ? {} : { extension }) };
}

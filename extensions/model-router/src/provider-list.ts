import type { CommandCall, ModelProvider, ProviderStatus, SlotView } from "@claw/kernel";
import { catalogueOf, type Catalogue } from "./catalogue.ts";
import { told, voiceOf, type CommandParts } from "./command-line.ts";
import { addCommand, firstParty } from "./first-party.ts";

interface Listed {
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
  else
    call.show({
      type: "table",
      columns: ["provider", "extension", "ready", "host", "credential", "models", "problem", "fix"],
      rows: rows.map((row) => [
        row.provider,
        row.extension ?? "",
        row.ready === "unknown" ? "unknown" : row.ready ? "yes" : "no",
        row.host ?? "",
        row.credential ?? "",
        row.models === undefined ? "" : String(row.models),
        row.problem ?? "",
        row.fix ?? "",
      ]),
    });
  return 0;
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

function nameOf(provider: string, providers: SlotView<ModelProvider>): Pick<Listed, "provider" | "extension"> {
  const extension = providers.owner(provider);
  return { provider, ...(extension === undefined ? {} : { extension }) };
}

import { table } from "../view-text.ts";
import type { VerbCall } from "../verbs/run.ts";

/** `claw ext list`: the extensions of this run in their order; with `--all` also those that are installed and not chosen. */
export async function list({ booted, terminal, json }: VerbCall, all: boolean): Promise<number> {
  const { plan, installed } = booted;
  const chosen = plan.extensions.map(({ id, manifest, tier, origin }) => ({
    name: id,
    version: manifest.version,
    state: "on",
    tier,
    origin,
    description: manifest.description ?? "",
  }));
  const held = plan.heldBack.map(({ extension, why }) => {
    const found = installed.get(extension);
    return {
      name: extension,
      version: found?.manifest.version ?? "",
      state: "held back",
      tier: found?.tier ?? "",
      origin: found?.origin ?? "",
      description: why,
    };
  });
  const known = new Set([...chosen, ...held].map(({ name }) => name));
  const rest = all
    ? installed.names
        .filter((name) => !known.has(name))
        .map((name) => {
          const found = installed.get(name);
          return {
            name,
            version: found?.manifest.version ?? "",
            state: "off",
            tier: found?.tier ?? "",
            origin: found?.origin ?? "",
            description: found?.manifest.description ?? installed.refusal(name)?.message ?? "",
          };
        })
    : [];
  const rows = [...chosen, ...held, ...rest];
  if (json) for (const row of rows) await terminal.write(`${JSON.stringify(row)}\n`);
  else
    await terminal.write(
      table(
        ["name", "version", "state", "from", "what"],
        rows.map(({ name, version, state, origin, description }) => [name, version, state, origin, description]),
      ),
    );
  return 0;
}

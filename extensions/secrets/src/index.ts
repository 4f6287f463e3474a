import { HostService, SecretsService, defineExtension, rewrite } from "@claw/kernel";
import { join } from "node:path";
import type { Contract } from "./contract.gen.ts";
import { readCredentials } from "./credentials-file.ts";
import type { Mask } from "./mask.ts";

/** Keys: the environment first, then the person's credentials file. And the mask in front of what tools return. */
export default defineExtension<Contract>((claw) => {
  const { environment, folders } = claw.use(HostService);
  const path = join(folders.config, "credentials.json");

  claw.provide(SecretsService, {
    async get(name) {
      const value = Object.hasOwn(environment, name) ? environment[name]?.trim() : undefined;
      if (value !== undefined && value !== "") return value;
      const secret = (await readCredentials(path)).get(name);
      return secret === "" ? undefined : secret;
    },
  });

  let made: Promise<Mask> | undefined;
  const mask = (): Promise<Mask> => (made ??= openMask());
  async function openMask(): Promise<Mask> {
    const { createMask } = await import("./mask.ts");
    // A file that cannot be read holds nothing that could be given away by claw.
    const own = await readCredentials(path).catch(() => new Map<string, string>());
    return createMask({ ...Object.fromEntries([...own].map(([name, value]) => [`${name}_SECRET`, value])), ...environment });
  }
  const masked = async <R extends Parameters<Mask["masked"]>[0]>(result: R) => {
    const without = claw.config.mask ? (await mask()).masked(result) : undefined;
    return without === undefined ? undefined : rewrite(without, "secrets were kept from the model");
  };
  claw.on("PreToolUse", "guard", async ({ call }) => (claw.config.mask && call.effect === "write" ? (await mask()).guard(call) : undefined));
  claw.on("PostToolUse", "rewrite", ({ result }) => masked(result));
  claw.on("PostToolUseFailure", "rewrite", ({ result }) => masked(result));
});

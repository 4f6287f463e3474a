import { HostService, SecretsService, defineExtension } from "@claw/kernel";
import { join } from "node:path";
import type { Contract } from "./contract.gen.ts";
import { readCredentials } from "./credentials-file.ts";

/** Keys: the environment first, then the person's credentials file. */
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
});

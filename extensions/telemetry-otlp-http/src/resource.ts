import type { Host } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import type { Pairs } from "./pairs.ts";
import type { Variables } from "./variables.ts";

/** Whose records they are. What a person wrote counts over the environment, and that over what is known anyway. */
export function resourceOf(config: Contract["config"], variables: Variables, host: Pick<Host, "version">, platform: string): Pairs {
  const { serviceName = "claw", serviceVersion = host.version, resource } = variables;
  return {
    "service.name": serviceName,
    "service.version": serviceVersion,
    "os.type": osTypes[platform] ?? platform,
    ...resource,
    ...config.resource,
    ...(config.serviceName === undefined ? {} : { "service.name": config.serviceName }),
  };
}

/** Where the conventions call a platform otherwise than Node. */
const osTypes: Pairs = { win32: "windows", sunos: "solaris" };

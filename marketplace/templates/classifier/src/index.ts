import { Classifiers, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.js";

/** Asks before anything but a read touches a protected path. */
export default defineExtension<Contract>((claw) => {
  const isProtected = (path: string) => claw.config.protected.some((folder) => path === folder || path.startsWith(`${folder}/`));

  claw.provide(Classifiers, "protected-paths", async (call) => {
    if (call.effect === "none" || call.effect === "read") return undefined;
    const path = call.paths.find(isProtected);
    return path === undefined ? undefined : { decision: "ask", reason: `${path} is protected` };
  });
});

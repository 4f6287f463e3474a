import { transportConformance } from "@claw/testing/conformance";
import { isAlive, serverOf, settingOf } from "./setting.ts";

let setting = settingOf();

transportConformance({
  name: "stdio",
  factory: () => ({ connect: (server, signal) => setting.connect(server, signal) }),
  async start() {
    setting = settingOf();
    const { started } = setting;
    return {
      server: serverOf(""),
      kill: async () => started.forEach((pid) => process.kill(pid, "SIGKILL")),
      connections: async () => started.filter(isAlive).length,
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
  nowhere: serverOf("", { command: "/nowhere/at-all" }),
});

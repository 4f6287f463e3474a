import {
  Classifiers,
  defineExtension,
  HostService,
  ModelsService,
  PermissionsService,
  SandboxService,
  SessionStoreService,
  ShellAnalysisService,
  type Classifier,
} from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { denyListOf } from "./deny-list.ts";
import { userMessagesOf } from "./user-messages.ts";

export default defineExtension<Contract>((claw) => {
  const { config } = claw;
  const host = claw.use(HostService);
  const messages = userMessagesOf({ store: claw.use(SessionStoreService), most: config.userMessages });
  const parts = {
    config: { ...config, deny: denyListOf(config.deny) },
    models: claw.use(ModelsService),
    analysis: claw.use(ShellAnalysisService),
    permissions: claw.use(PermissionsService),
    sandbox: claw.use(SandboxService),
    messages,
    home: host.folders.home,
    now: () => host.now().getTime(),
  };
  // A prompt wakes this extension; what judges is not read before there is a call to judge.
  let judge: Promise<Classifier> | undefined;
  claw.provide(Classifiers, "llm", async (call, signal) => {
    judge ??= import("./judge.ts").then(({ judgeWith }) => judgeWith(parts));
    return (await judge)(call, signal);
  });
  claw.on("UserPromptSubmit", "observe", async (event) => messages.note(event));
});

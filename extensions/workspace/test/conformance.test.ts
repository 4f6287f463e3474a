import { WorkspaceService } from "@claw/kernel";
import { load } from "@claw/testing";
import { workspaceConformance } from "@claw/testing/conformance";
import extension from "../src/index.ts";

workspaceConformance({
  name: "claw/workspace",
  make: async (files) => {
    const claw = await load(extension, { files });
    return { workspace: claw.service(WorkspaceService), root: claw.cwd, [Symbol.asyncDispose]: () => claw[Symbol.asyncDispose]() };
  },
});

import { plainWorkspace } from "@claw/testing";
import { workspaceConformance } from "@claw/testing/conformance";
import { folderOf } from "./setting.ts";
workspaceConformance({ name: "plain", make: async (files) => ({ workspace: plainWorkspace(), ...(await folderOf(files)) }) });

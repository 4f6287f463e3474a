import { ClawError, Tools, WorkspaceService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.js";

const count = {
  lines: (body: string) => body.split("\n").length,
  words: (body: string) => body.split(/\s+/).filter(Boolean).length,
  bytes: (body: string) => Buffer.byteLength(body),
};

export default defineExtension<Contract>((claw) => {
  const workspace = claw.use(WorkspaceService);

  claw.provide(Tools, "count_file", async ({ path, unit = "lines" }, call) => {
    const body = await workspace.readText(path, call);
    if (Buffer.byteLength(body) > claw.config.maxBytes) {
      throw new ClawError("TOOL_FAILED", `${path} is over ${claw.config.maxBytes} bytes`, { tool: "count_file" });
    }
    return `${count[unit](body)} ${unit}`;
  });
});

import { ProcessesService, Tools, WorkspaceService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { fileEdit } from "./file-edit.ts";
import { glob } from "./glob.ts";
import { grep } from "./grep.ts";
import { readFile } from "./read-file.ts";
import { createReadMemory } from "./read-memory.ts";
import { writeFile } from "./write-file.ts";

export default defineExtension<Contract>((claw) => {
  const workspace = claw.use(WorkspaceService);
  const memory = createReadMemory();

  claw.provide(Tools, "read_file", readFile(workspace, memory));
  claw.provide(Tools, "write_file", writeFile(workspace, memory));
  claw.provide(Tools, "file_edit", fileEdit(workspace, memory));
  claw.provide(Tools, "glob", glob(workspace));
  claw.provide(Tools, "grep", grep(workspace, claw.use(ProcessesService)));
});

import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Where the build reads and writes. */
export const layout = {
  root,
  extensions: join(root, "extensions"),
  /** The `file:` marketplace of claw's own extensions. */
  marketplace: join(root, "dist/marketplace"),
  profiles: join(root, "cli/profiles"),
  bundled: join(root, "cli/bundled"),
  program: join(root, "cli/dist"),
  /** The build's memory: its key, and what each result was made from. */
  memory: join(root, ".build"),
} as const;

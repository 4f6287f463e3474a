import { type Manifest, flagsOf } from "@claw/kernel/host";
import type { FlagSpec } from "./flags.ts";

/** The flags of manifests as the command line reads them. */
export const extensionFlags = (manifests: Iterable<Manifest>): readonly FlagSpec[] =>
  [...manifests].flatMap((manifest) =>
    flagsOf(manifest).map(({ name, schema }) => ({
      name,
      description: schema.description ?? "",
      takes: schema.type === "boolean" ? ("none" as const) : schema.type === "array" ? ("list" as const) : ("value" as const),
      value: schema.enum === undefined ? valueName(schema.type) : schema.enum.join("|"),
    })),
  );

const valueName = (type: string | undefined): string => (type === "integer" || type === "number" ? "N" : type === "array" ? "LIST" : "TEXT");

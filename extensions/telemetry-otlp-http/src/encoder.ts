import type { ExportBatch, Host } from "@claw/kernel";
import { secretFilter } from "@claw/kernel/kit";
import type { Body } from "./bodies.ts";
import { contentOf } from "./content.ts";
import type { Contract } from "./contract.gen.ts";
import { type Addition, recordsOf } from "./records.ts";
import { resourceOf } from "./resource.ts";
import type { Variables } from "./variables.ts";

export interface Encoder {
  readonly content: "none" | "full";
  readonly resource: Readonly<Record<string, string>>;
  /** The bodies that a batch is sent as: one, or several where one would be too large. None of a batch without anything in it. */
  encode(batch: ExportBatch): Promise<readonly Body[]>;
}

export interface EncoderOptions {
  readonly config: Contract["config"];
  readonly variables: Variables;
  readonly host: Pick<Host, "version" | "environment" | "now">;
  readonly platform: string;
}

export function openEncoder({ config, variables, host, platform }: EncoderOptions): Encoder {
  const resource = resourceOf(config, variables, host, platform);
  let addition: Addition = () => ({});
  if (config.content === "full") {
    const { text: redact } = secretFilter(host.environment, (name) => `[redacted:${name}]`);
    addition = (entry) => contentOf(entry, redact);
  }
  return {
    content: config.content,
    resource,
    async encode(batch) {
      const records = recordsOf(batch, host.now(), addition);
      if (records.length === 0) return [];
      const { bodiesOf } = await import("./bodies.ts");
      return bodiesOf(records, resource, host.version);
    },
  };
}

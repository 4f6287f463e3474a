import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ClawError } from "@claw/kernel/host";
import type { PublisherPolicy } from "@claw/marketplace";
import type { VerbCall } from "../../verbs/run.ts";
import { addressOf, noteRevocations } from "../catalogues.ts";
import { withClient } from "../client.ts";
import { counted, emit } from "../result.ts";
import { checkFingerprint, confirmedRoot } from "../root-question.ts";
import { recordOf } from "./record.ts";

export interface AddOptions {
  readonly url: string;
  /** `sha256:…`, heard from its operator in another way. */
  readonly root: string | undefined;
  readonly scope: readonly string[];
  readonly allowUnsigned: boolean;
  readonly insecure: boolean;
  readonly publisherKey: readonly string[];
  /** The name of a secret with its headers or token. */
  readonly credential: string | undefined;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** `claw ext marketplace add URL`: knows it from now on, by its root. */
export const add = (call: VerbCall, options: AddOptions): Promise<number> =>
  withClient(call, { insecure: options.insecure }, async (client) => {
    const { library, context, patient, progress } = client;
    const { root, scope: scopes, allowUnsigned, insecure, credential, dryRun } = options;
    const url = addressOf(options.url, call);
    const publishers = options.publisherKey.map((file) => keyPublisher(file, call));
    if (root !== undefined) checkFingerprint(root);
    const known = await library.addMarketplace(
      url,
      {
        scopes,
        allowUnsigned,
        insecure,
        publishers,
        dryRun,
        ...(root === undefined ? {} : { root }),
        ...(credential === undefined ? {} : { credential }),
        // A dry run asks nobody: it says whose root would be asked about.
        confirm: async (fingerprint, { marketplace }) => dryRun || (!options.yes && confirmedRoot(fingerprint, marketplace, client, call)),
      },
      context,
      call.signal,
    );
    if (dryRun) {
      progress.stop();
      const by = (one: { readonly root?: string }): string => (one.root === undefined ? "" : `, by its root ${one.root}`);
      await emit(call, [{ ...recordOf(known), dryRun }], (one) => `${one.id} would be known (${one.format})${by(one)}\n`);
      return 0;
    }
    const catalogue = await patient(async (signal) => {
      const opened = await library.openCatalogue(known, context, signal, { fresh: true });
      await noteRevocations(opened, client, call, signal);
      return opened;
    });
    progress.stop();
    const record = { ...recordOf(known), extensions: catalogue.names.length };
    await emit(call, [record], (one) => `${one.id} is known: ${counted(one.extensions, "extension")}${one.unsigned ? ", which nobody signs" : ""}\n`);
    return 0;
  });

function keyPublisher(file: string, { booted }: VerbCall): PublisherPolicy[number] {
  const path = resolve(booted.workspace.cwd, file);
  try {
    return { kind: "key", pem: readFileSync(path, "utf8") };
  } catch (cause) {
    throw new ClawError("PATH_UNREADABLE", `${path} cannot be read`, { path }, { cause, fix: "name the PEM file of a public key" });
  }
}

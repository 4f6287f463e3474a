import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../../verbs/run.ts";
import { type ChangeFlags, changeIndex, type Changes } from "../change-index.ts";
import { publisherOf } from "./publisher.ts";

export interface SignIndexOptions extends Omit<ChangeFlags, "to"> {
  readonly folder: string;
  readonly publisher: readonly string[];
  readonly removePublisher: readonly string[];
  readonly tlog: boolean;
  /** `bedrock=acme/bedrock`; `bedrock=` takes it away. */
  readonly alias: readonly string[];
  readonly removeName: readonly string[];
  readonly reason?: string | undefined;
  readonly incoming: boolean;
}

/** `claw ext marketplace index FOLDER`: takes in what waits, after every check of an install, makes changes, and signs the next index. */
export async function signIndex(call: VerbCall, options: SignIndexOptions): Promise<number> {
  const { folder, publisher, removePublisher, tlog, alias, removeName, reason, incoming, ...flags } = options;
  const library = await import("@claw/marketplace");
  const now = new Date();
  if (removeName.length > 0 && reason === undefined) throw new ClawError("USAGE", "people are told why an extension is gone", {}, { fix: "--reason TEXT" });
  const added = await Promise.all(publisher.map((given) => publisherOf(library, given, call)));
  const taken = await Promise.all(removePublisher.map((given) => publisherOf(library, given, call)));
  const list = [
    ...added.map((one) => library.withPublisher(one.scope, one.publisher, { now, ...(tlog ? { tlog: "required" } : {}) })),
    ...taken.map((one) => library.withoutPublisher(one.scope, one.publisher)),
    ...removeName.map((name) => library.withRemoval(name, reason ?? "", now)),
    ...alias.map((given) => {
      const at = given.indexOf("=");
      if (at === -1)
        throw new ClawError(
          "USAGE",
          `${JSON.stringify(given)} does not say what it stands for`,
          {},
          { fix: "--alias bedrock=acme/bedrock, or bedrock= without it" },
        );
      const name = given.slice(at + 1);
      return library.withAlias(given.slice(0, at), name === "" ? undefined : name);
    }),
  ];
  const changes: Changes = list.map((change) => () => Promise.resolve(change));
  return changeIndex(call, { ...flags, to: folder }, { changes: () => changes, incoming, message: "Sign the index" });
}

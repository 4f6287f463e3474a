import { ClawError, type Cassette } from "@claw/kernel";

/** Neither records nor plays. */
export const off: Cassette = { mode: "off", model: async () => undefined, stream: (request, _model, next, signal) => next(request, signal) };

const refuse = (): never => {
  throw new ClawError("USAGE", "--record and --replay cannot both be given: a replay has nothing new to record", {}, { fix: "leave one of them out" });
};

/** Refuses when it is asked and not at the start: an optional service that fails there counts as absent, and a real model would be asked. */
export const both: Cassette = { mode: "replay", model: async () => refuse(), stream: refuse };

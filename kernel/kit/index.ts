/** Helpers for extensions: streams, files and wires. No state, no knowledge of any extension. */
export * from "./atomic-write.ts";
export * from "./idle-watch.ts";
export * from "./jsonl.ts";
export * from "./retry.ts";
export * from "./sse.ts";
export * from "./truncate.ts";
export * from "./wire-anthropic/decode.ts";
export * from "./wire-anthropic/encode.ts";
export * from "./wire-anthropic/errors.ts";
export * from "./wire-anthropic/reply.ts";

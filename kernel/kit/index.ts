/** Helpers for extensions: streams, files and wires. No state, no knowledge of any extension. */
export * from "./atomic-write.ts";
export * from "./jsonl.ts";
export * from "./retry.ts";
export * from "./sse.ts";
export * from "./truncate.ts";

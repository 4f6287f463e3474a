import type { Contract } from "./contract.gen.ts";

type FileTools = Contract["provides"]["tool"];

/** What the manifest lets a model give a tool. */
export type ToolInput<N extends keyof FileTools> = Parameters<FileTools[N]>[0];

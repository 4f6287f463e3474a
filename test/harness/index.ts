/** The door of `@claw/testing`. */
export { type FakeModel, type Script, type ScriptedReply, scriptedModel } from "./fake-model.ts";
export { type FakeClock, fakeClock, fakeHost, memoryHttp, memorySecrets } from "./fakes.ts";
export type { EmbeddedExtension } from "@claw/kernel/host";
export { type TestKernel, type TestKernelOptions, testKernel } from "./kernel.ts";
export { type Loaded, type LoadOptions, load } from "./load.ts";
export { memoryStore } from "./memory-store.ts";
export { plainWorkspace } from "./plain-workspace.ts";
export { realProcesses } from "./real-processes.ts";

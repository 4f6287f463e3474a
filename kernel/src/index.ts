/** The author's door: everything an extension may import from claw. */
export * from "./contracts/cassette.ts";
export * from "./contracts/compactor.ts";
export * from "./contracts/frontend.ts";
export * from "./contracts/http.ts";
export * from "./contracts/message.ts";
export * from "./contracts/model.ts";
export * from "./contracts/permission.ts";
export * from "./contracts/process.ts";
export * from "./contracts/secrets.ts";
export * from "./contracts/session.ts";
export * from "./contracts/tokens.ts";
export * from "./contracts/tool.ts";
export * from "./contracts/view.ts";
export * from "./contracts/workspace.ts";
export * from "./define.ts";
export * from "./errors.ts";
export type * from "./hooks/events.ts";
export * from "./hooks/verdicts.ts";

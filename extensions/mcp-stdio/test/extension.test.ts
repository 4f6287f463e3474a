import { Transports, type TransportFactory } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import manifest from "../extension.json" with { type: "json" };
import extension from "../src/index.ts";
import { never, ping, pong, serverOf } from "./setting.ts";

test("the extension provides the transport stdio", async () => {
  await using claw = await testKernel({ extensions: [{ manifest: manifest as never, extension: extension as never }] });
  const factory = await claw.kernel.entry<TransportFactory>(Transports.id, "stdio");
  await using transport = await factory?.connect(serverOf(""), never());
  await transport?.send(ping, never());
  expect((await transport?.incoming[Symbol.asyncIterator]().next())?.value).toEqual(pong);
});

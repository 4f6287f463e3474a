import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Running } from "@claw/kernel";
import { plainWall } from "./plain-wall.ts";
import { type Setting, settingOf } from "./setting.ts";

async function read(running: Running, bytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const { bytes: piece } of running.output) {
    pieces.push(piece);
    if ((length += piece.length) >= bytes) break;
  }
  return Buffer.concat(pieces);
}

describe.each([
  ["without a sandbox", undefined],
  ["behind a wall", plainWall()],
])("a program that is talked to, %s", (_name, wall) => {
  let at: Setting;
  beforeAll(() => void (at = settingOf(wall)));
  afterAll(() => at[Symbol.asyncDispose]());

  test("answers as long as it is asked, and ends when nothing more comes", async () => {
    await using running = await at.processes.start(["sh", "-c", 'while read line; do echo "heard $line"; done; echo over'], { conversation: true }, at.call);
    const output = running.output[Symbol.asyncIterator]();
    for (const word of ["one", "two"]) {
      await running.input?.write(Buffer.from(`${word}\n`));
      expect(Buffer.from((await output.next()).value?.bytes ?? []).toString()).toBe(`heard ${word}\n`);
    }
    running.input?.end();
    expect(Buffer.from((await output.next()).value?.bytes ?? []).toString()).toBe("over\n");
    expect((await running.exit).code).toBe(0);
  });

  test("hears what it was started with first", async () => {
    await using running = await at.processes.start(["cat"], { conversation: true, input: Buffer.from("first ") }, at.call);
    await running.input?.write(Buffer.from("then"));
    expect((await read(running, 10)).toString()).toBe("first then");
  });

  test("is given much without a byte lost, however slowly it reads", async () => {
    const sent = randomBytes(2 * 1024 * 1024);
    await using running = await at.processes.start(["cat"], { conversation: true }, at.call);
    const [heard] = await Promise.all([
      read(running, sent.length),
      (async () => {
        for (let from = 0; from < sent.length; from += 65_536) await running.input?.write(sent.subarray(from, from + 65_536));
      })(),
    ]);
    expect(heard.equals(sent)).toBe(true);
  });

  test("that ends is no longer written to", async () => {
    await using running = await at.processes.start(["true"], { conversation: true }, at.call);
    await running.exit;
    const writing = (async () => {
      for (;;) await running.input?.write(Buffer.alloc(65_536));
    })();
    await expect(writing).rejects.toMatchObject({ code: "PROGRAM_NOT_STARTED" });
  });

  test("that never reads holds up its writer only as long as it lives", async () => {
    const running = await at.processes.start(["sleep", "30"], { conversation: true }, at.call);
    const writing = (async () => {
      for (;;) await running.input?.write(Buffer.alloc(65_536));
    })();
    setTimeout(() => void running[Symbol.asyncDispose](), 50);
    await expect(writing).rejects.toMatchObject({ code: "PROGRAM_NOT_STARTED" });
  });
});

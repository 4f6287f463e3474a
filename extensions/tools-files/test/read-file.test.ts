import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf, fileTools } from "./setting.ts";

const png = (width: number, height: number, bytes = 64): Buffer => {
  const image = Buffer.alloc(bytes);
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(image);
  image.writeUInt32BE(width, 16);
  image.writeUInt32BE(height, 20);
  return image;
};

test("a file is read with line numbers, and what was read stands in the details", async () => {
  await using claw = await fileTools({ "src/a.ts": "one\n\ttwo\n" });
  expect(await claw.result("read_file", { path: "src/a.ts" })).toEqual({
    content: [{ type: "text", text: "     1→one\n     2→\ttwo" }],
    details: { path: join(claw.cwd, "src/a.ts"), encoding: "utf-8", bytes: 9, from: 1, through: 2, total: 2 },
  });
});

test("a part is read, and how to read on is said", async () => {
  await using claw = await fileTools({ "a.txt": "a\nb\nc\nd\n", "long.txt": "x\n".repeat(2500), "wide.txt": `${"y".repeat(1999)}\n`.repeat(300) });
  expect(await claw.call("read_file", { path: "a.txt", offset: 2, limit: 2 })).toBe("     2→b\n     3→c\n[lines 2 to 3 of 4; read on with offset 4]");
  expect(await claw.call("read_file", { path: "a.txt", offset: 4 })).toBe("     4→d\n[lines 4 to 4 of 4]");
  expect((await claw.call("read_file", { path: "long.txt" })).split("\n").at(-1)).toBe("[lines 1 to 2000 of 2500; read on with offset 2001]");
  const wide = await claw.call("read_file", { path: "wide.txt" });
  expect([wide.split("\n").at(-1), wide.length < 270_000]).toEqual(["[lines 1 to 130 of 300; read on with offset 131]", true]);
  expect(await failureOf(claw.call("read_file", { path: "a.txt", offset: 9 }))).toBe("TOOL_FAILED: a.txt has 4 lines, so there is none from 9 on");
});

test("long lines, empty files and other encodings are said openly", async () => {
  await using claw = await fileTools({ "empty.txt": "", "long.txt": `${"x".repeat(5000)}\n` });
  await writeFile(join(claw.cwd, "utf16.txt"), Buffer.from("\uFEFFgrün\r\nrot", "utf16le"));
  await writeFile(join(claw.cwd, "latin1.txt"), Buffer.from("grün", "latin1"));
  await writeFile(join(claw.cwd, "mark.txt"), "\uFEFFa");
  expect(await claw.call("read_file", { path: "empty.txt" })).toBe("[the file is empty]");
  expect(await claw.call("read_file", { path: "long.txt" })).toBe(`     1→${"x".repeat(2000)}… [line cut, it has 5000 bytes]\n[a long line was cut]`);
  expect(await claw.call("read_file", { path: "utf16.txt" })).toBe("     1→grün\n     2→rot\n[the file is UTF-16LE]");
  expect(await claw.call("read_file", { path: "latin1.txt" })).toBe("     1→grün\n[the file is not UTF-8 and was read as Latin-1]");
  expect(await claw.call("read_file", { path: "mark.txt" })).toBe("     1→a");
});

test("an image is handed to the model as an image", async () => {
  await using claw = await fileTools();
  await writeFile(join(claw.cwd, "a.dat"), png(20, 10));
  expect(await claw.result("read_file", { path: "a.dat" })).toEqual({
    content: [
      { type: "text", text: "a.dat: image/png, 20×10 pixels, 64 bytes" },
      { type: "image", mediaType: "image/png", data: png(20, 10).toString("base64") },
    ],
    details: { path: join(claw.cwd, "a.dat"), mediaType: "image/png", bytes: 64, width: 20, height: 10 },
  });
});

test("an image that a model would refuse is refused before it is in the session", async () => {
  await using claw = await fileTools();
  const fix = "(make a smaller copy and read that)";
  await writeFile(join(claw.cwd, "heavy.png"), png(20, 10, 3_932_161));
  await writeFile(join(claw.cwd, "wide.png"), png(8001, 10));
  await writeFile(join(claw.cwd, "broken.png"), png(0, 0));
  expect(await failureOf(claw.call("read_file", { path: "heavy.png" }))).toBe(
    `TOOL_FAILED: heavy.png is an image of 3932161 bytes, and models take at most 3932160 ${fix}`,
  );
  expect(await failureOf(claw.call("read_file", { path: "wide.png" }))).toBe(
    `TOOL_FAILED: wide.png is an image of 8001×10 pixels, and models take at most 8000 a side ${fix}`,
  );
  expect(await failureOf(claw.call("read_file", { path: "broken.png" }))).toBe("TOOL_FAILED: broken.png begins like an image (image/png) but is damaged");
});

test("what is no text is named with its size", async () => {
  await using claw = await fileTools({ "a.pdf": "%PDF-1.7\n", "b.bin": "a\0b" });
  expect(await failureOf(claw.call("read_file", { path: "a.pdf" }))).toBe("TOOL_FAILED: a.pdf is a PDF document of 9 bytes and cannot be read as text");
  expect(await failureOf(claw.call("read_file", { path: "b.bin" }))).toBe("TOOL_FAILED: b.bin is binary data of 3 bytes and cannot be read as text");
});

test("a missing file is answered with what may have been meant", async () => {
  await using claw = await fileTools({ "src/server.ts": "", "src/deep/Server.ts": "", "lib/other.ts": "", "node_modules/x.js": "" });
  expect(await failureOf(claw.call("read_file", { path: "server.ts" }))).toBe(
    "PATH_NOT_FOUND: server.ts does not exist; did you mean src/server.ts, src/deep/Server.ts?",
  );
  expect(await failureOf(claw.call("read_file", { path: "src/sever.ts" }))).toBe(
    "PATH_NOT_FOUND: src/sever.ts does not exist; did you mean src/server.ts, src/deep/Server.ts?",
  );
  expect(await failureOf(claw.call("read_file", { path: "quite-different.md" }))).toBe("PATH_NOT_FOUND: quite-different.md does not exist");
});

test("a folder is answered with how to list it", async () => {
  await using claw = await fileTools({ "src/a.ts": "" });
  expect(await failureOf(claw.call("read_file", { path: "src/" }))).toBe('PATH_NOT_FILE: src/ is a folder (list it with glob, pattern "src/*")');
});

test("a path that leads out of the session's folders is refused", async () => {
  await using claw = await fileTools({ "a/b.txt": "" });
  await mkdir(join(claw.cwd, "../outside"));
  await writeFile(join(claw.cwd, "../outside/secret"), "secret");
  await symlink(join(claw.cwd, "../outside"), join(claw.cwd, "link"));
  for (const path of ["../outside/secret", "link/secret", "/etc/passwd"]) expect(await failureOf(claw.call("read_file", { path }))).toMatch(/^PATH_OUTSIDE/u);
});

test("a window of a file of five megabytes is read without delay, and many files at once", async () => {
  await using claw = await fileTools({
    "big.txt": "some text in a line of a log\n".repeat(180_000),
    ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}.txt`, `${index}`])),
  });
  const began = performance.now();
  expect(await claw.call("read_file", { path: "big.txt", offset: 170_000, limit: 1 })).toBe(
    "170000→some text in a line of a log\n[lines 170000 to 170000 of 180000; read on with offset 170001]",
  );
  expect(await Promise.all(Array.from({ length: 50 }, (_, index) => claw.call("read_file", { path: `f${index}.txt` })))).toEqual(
    Array.from({ length: 50 }, (_, index) => `     1→${index}`),
  );
  expect(performance.now() - began).toBeLessThan(2000);
});

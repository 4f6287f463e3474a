import { CassetteService } from "@claw/kernel";
import { load } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { ask, end, folder, heard, model, says, text } from "./fakes.ts";

test("without either option it stands aside", async () => {
  await using claw = await load(extension);
  const cassette = claw.service(CassetteService);
  expect([cassette.mode, await cassette.model(), await heard(cassette, ask("go"), says([end]))]).toEqual(["off", undefined, { events: [end] }]);
});

test("a recording is closed with the extension, and played by the next one", async () => {
  await using files = await folder();
  {
    await using claw = await load(extension, { config: { record: files.at("c") } });
    const cassette = claw.service(CassetteService);
    expect([cassette.mode, await cassette.model()]).toEqual(["record", undefined]);
    await heard(cassette, ask(`in ${claw.cwd}`, { cwd: claw.cwd }), says([text(`read ${claw.cwd}/a`), end]));
  }
  await using claw = await load(extension, { config: { replay: files.at("c") } });
  const cassette = claw.service(CassetteService);
  expect([cassette.mode, await cassette.model()]).toEqual(["replay", model]);
  expect(await heard(cassette, ask(`in ${claw.cwd}`, { cwd: claw.cwd }))).toEqual({ events: [text(`read ${claw.cwd}/a`), end] });
});

test("both options at once are refused before anything is asked, whatever is asked first", async () => {
  await using claw = await load(extension, { config: { record: "/a", replay: "/b" } });
  const cassette = claw.service(CassetteService);
  await expect(cassette.model()).rejects.toMatchObject({
    code: "USAGE",
    message: "--record and --replay cannot both be given: a replay has nothing new to record",
  });
  expect([cassette.mode, (await heard(cassette, ask("go"))).error]).toEqual(["replay", expect.objectContaining({ code: "USAGE" })]);
});

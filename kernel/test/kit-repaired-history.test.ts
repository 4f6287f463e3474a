import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRepair } from "../kit/repaired-history.ts";
import type { ContentBlock, Message } from "../src/contracts/message.ts";

const accepts = { model: "m", images: false, documents: false };
const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const text = (said: string): ContentBlock => ({ type: "text", text: said });
const call = (id: string): ContentBlock => ({ type: "tool-call", id, name: "bash", input: {} });
const result = (of: string): ContentBlock => ({ type: "tool-result", call: of, content: [text("done")] });
const lost = (of: string): ContentBlock => ({ type: "tool-result", call: of, failed: true, content: [text("this call has no result")] });

const id = fc.constantFrom("a", "b", "c");
const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.constantFrom("", " ", "hello").map(text),
  id.map(call),
  id.map(result),
  fc.constantFrom<ContentBlock>(
    { type: "image", mediaType: "image/png", data: "" },
    { type: "document", mediaType: "application/pdf", data: "", name: "a.pdf" },
  ),
  fc
    .record({ provider: fc.constantFrom("p", "other"), model: fc.constantFrom("m", "n") })
    .map(({ provider, model }): ContentBlock => ({ type: "reasoning", text: "hm", luggage: { [provider]: { signature: "s", model } } })),
  fc.constant<ContentBlock>({ type: "unknown", luggage: { other: { type: "thing" } } }),
);
const message = fc.record({ role: fc.constantFrom("user" as const, "assistant" as const), content: fc.array(block, { maxLength: 5 }) });

/** What no API takes, or no second model may see. */
function faultsOf(messages: readonly Message[]): readonly string[] {
  return messages.flatMap(({ role, content }, index) => {
    const next = messages[index + 1];
    const calls = role === "assistant" ? content.flatMap((one) => (one.type === "tool-call" ? [one.id] : [])) : [];
    const answers = next?.content.flatMap((one) => (one.type === "tool-result" ? [one.call] : [])) ?? [];
    const answersHere = content.flatMap((one) => (one.type === "tool-result" ? [one.call] : []));
    const before = index === 0 ? [] : (messages[index - 1] as Message).content.flatMap((one) => (one.type === "tool-call" ? [one.id] : []));
    return [
      ...(content.length === 0 ? ["empty"] : []),
      ...(role === (index % 2 === 0 ? "user" : "assistant") ? [] : ["roles"]),
      ...([...new Set(calls)].every((one) => answers.filter((other) => other === one).length === 1) ? [] : ["unanswered"]),
      ...(answersHere.every((one) => before.includes(one)) ? [] : ["an answer to nothing"]),
      ...(content.some((one) => one.type === "image" || one.type === "document" || (one.type === "text" && one.text.trim() === "")) ? ["material"] : []),
      ...(content.some((one) => (one.type === "reasoning" || one.type === "unknown") && JSON.stringify(one.luggage) !== '{"p":{"signature":"s","model":"m"}}')
        ? ["foreign"]
        : []),
    ];
  });
}

describe("a repaired history", () => {
  test("is one that a provider takes, whatever it was", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        expect(faultsOf(createRepair("p")(messages, accepts))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test("is not changed by another repair", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const once = createRepair("p")(messages, accepts);
        expect(createRepair("p")(once, accepts)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });

  test("answers a call that nobody answered, and forgets an answer to nothing", () => {
    expect(createRepair("p")([user(text("go")), assistant(call("a"), call("b")), user(result("b"), result("x"))], accepts)).toEqual([
      user(text("go")),
      assistant(call("a"), call("b")),
      user(lost("a"), result("b")),
    ]);
    expect(createRepair("p")([user(text("go")), assistant(call("a"))], accepts).at(-1)).toEqual(user(lost("a")));
  });

  test("names an image and a document that the model cannot take, also in a tool's result", () => {
    const image: ContentBlock = { type: "image", mediaType: "image/png", data: "aa" };
    const shown = createRepair("p")([user(image), assistant(call("a")), user({ type: "tool-result", call: "a", content: [image] })], accepts);
    const said = text("(an image, image/png, was left out: m takes none)");
    expect(shown).toEqual([user(said), assistant(call("a")), user({ type: "tool-result", call: "a", content: [said] })]);
    expect(createRepair("p")([user(image)], { ...accepts, images: true })).toEqual([user(image)]);
  });

  test("hides what another model thought, and takes its luggage from a call", () => {
    const thought = (model: string): ContentBlock => ({ type: "reasoning", text: "hm", luggage: { p: { signature: "s", model } } });
    const loaded: ContentBlock = { type: "tool-call", id: "a", name: "bash", input: {}, luggage: { p: { signature: "s", model: "n" } } };
    expect(createRepair("p")([user(text("go")), assistant(thought("n"), thought("m"), loaded), user(result("a"))], accepts)[1]).toEqual(
      assistant(thought("m"), call("a")),
    );
  });

  test("keeps the identity of what needs nothing, and of what it made", () => {
    const messages = [user(text("go")), assistant(text(" "), text("yes")), user(text("a")), user(text("b"))];
    const repair = createRepair("p");
    const [first, second] = [repair(messages, accepts), repair(messages, accepts)];
    expect(first.map((one, index) => one === second[index])).toEqual([true, true, true]);
    expect(first[0]).toBe(messages[0]);
  });
});

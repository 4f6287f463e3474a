import fc from "fast-check";
import type { ContentBlock, Message } from "../src/contracts/message.ts";

const text = fc.string({ unit: "binary" }).chain((value) => fc.constantFrom(value, `${value}\ud83d`, `\ude00${value}`, `\\ud83d${value}`, " ", ""));
const id = fc.oneof({ weight: 1, arbitrary: text }, { weight: 4, arbitrary: fc.constantFrom("a", "b.1", "c", "x".repeat(50)) });
const image: ContentBlock = { type: "image", mediaType: "image/png", data: "QQ==" };
const pdf: ContentBlock = { type: "document", mediaType: "application/pdf", data: "QQ==" };
const spoken = text.map((value): ContentBlock => ({ type: "text", text: value }));

const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  spoken,
  fc.record({
    type: fc.constant("reasoning" as const),
    text,
    luggage: fc.constantFrom({ somebody: { id: "r", encrypted_content: "s", model: "m" } }, { somebody: { id: "r", model: "n" } }, { other: {} }),
  }),
  fc.record({ type: fc.constant("tool-call" as const), id, name: text, input: fc.dictionary(text, text) }),
  fc.record({
    type: fc.constant("tool-result" as const),
    call: id,
    content: fc.array(fc.oneof(spoken, fc.constantFrom(image, pdf)), { maxLength: 3 }),
    failed: fc.boolean(),
  }),
  fc.constantFrom(image, pdf),
  fc.record({
    type: fc.constant("unknown" as const),
    luggage: fc.constantFrom({ somebody: { type: "web_search_call", id: "x", model: "m" } }, { somebody: { id: "no type" } }, { other: 1 }),
  }),
);

/** A message as a session may hold one, broken in all the ways that a history can be; some of it is of the provider `somebody` and its model `m`. */
export const anyMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom("user" as const, "assistant" as const),
  content: fc.array(block, { maxLength: 5 }),
});

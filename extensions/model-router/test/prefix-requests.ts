import type { ContentBlock, Message, ModelRequest, PrefixRecord, ToolSpec } from "@claw/kernel";
import fc from "fast-check";

/** Of any characters, half ones and quotes too. */
const text = fc.string({ unit: fc.constantFrom("a", "b", " ", '"', "\\", "\n", "é", "漢", "😀", "\u0000"), minLength: 1, maxLength: 12 });

const tool = (index: number): fc.Arbitrary<ToolSpec> =>
  fc.record({
    name: fc.constant(`tool_${index}`),
    description: text,
    input: fc.record({ type: fc.constant("object"), title: text }),
    owner: fc.constantFrom("acme/one", "acme/two", "acme/three"),
  });

/** In the order of their names, as a kernel gives them. */
export const tools: fc.Arbitrary<readonly ToolSpec[]> = fc
  .uniqueArray(fc.integer({ min: 10, max: 30 }), { maxLength: 5 })
  .chain((numbers) => fc.tuple(...numbers.sort((a, b) => a - b).map(tool)));

const textBlock: fc.Arbitrary<ContentBlock> = fc.record({ type: fc.constant("text"), text });
const said: fc.Arbitrary<readonly ContentBlock[]> = fc.array(
  fc.oneof(
    textBlock,
    fc.record({ type: fc.constant("reasoning"), text, luggage: fc.record({ p: text }) }),
    fc.record({ type: fc.constant("unknown"), luggage: fc.record({ p: text }) }),
  ),
  { minLength: 1, maxLength: 3 },
);
const asked: fc.Arbitrary<readonly ContentBlock[]> = fc.array(
  fc.oneof(textBlock, fc.record({ type: fc.constant("image"), mediaType: fc.constant("image/png"), data: fc.base64String({ minLength: 4, maxLength: 8 }) })),
  { minLength: 1, maxLength: 3 },
);

/** What one step adds to a history that ends with the person's: a reply, with calls or not, and what comes after it. */
const step: fc.Arbitrary<readonly Message[]> = fc
  .record({ said, calls: fc.array(fc.record({ name: fc.integer({ min: 10, max: 30 }), result: text }), { maxLength: 2 }), asked, at: fc.uuid() })
  .map(({ said: reply, calls, asked: more, at }) => [
    {
      role: "assistant",
      content: [...reply, ...calls.map(({ name }, index): ContentBlock => ({ type: "tool-call", id: `${at}_${index}`, name: `tool_${name}`, input: { at } }))],
    },
    {
      role: "user",
      content: [
        ...calls.map(({ result }, index): ContentBlock => ({ type: "tool-result", call: `${at}_${index}`, content: [{ type: "text", text: result }] })),
        ...more,
      ],
    },
  ]);

export const history = (least = 0): fc.Arbitrary<readonly Message[]> =>
  fc.tuple(asked, fc.array(step, { minLength: least, maxLength: least + 4 })).map(([first, steps]) => [{ role: "user", content: first }, ...steps.flat()]);

export const system: fc.Arbitrary<readonly ContentBlock[]> = fc.array(textBlock, { maxLength: 2 });

export const request: fc.Arbitrary<ModelRequest> = fc.record({
  model: fc.constant("one/alpha"),
  session: fc.constant("s"),
  system,
  tools,
  messages: history(),
});

export const model = { address: "one/alpha" };

/** As another process has it: equal and nothing the same. */
export const fresh = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** The bytes of each segment, written down another way. */
export const bytesOf = ({ tools: specs, system: blocks, messages }: ModelRequest): Readonly<Record<"tools" | "system" | "history", Buffer>> => ({
  tools: Buffer.from(lines(specs.map(({ name, description, input }) => ({ name, description, input })))),
  system: Buffer.from(lines(blocks)),
  history: Buffer.from(messages.map(({ role, content }) => `${role}\n${lines(content)}`).join("")),
});

export function firstDifference(one: Buffer, other: Buffer): number | undefined {
  if (one.equals(other)) return undefined;
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at === -1 ? one.length : at;
}

export const sizesOf = ({ segments }: PrefixRecord): readonly number[] => segments.map(({ bytes }) => bytes);

import type { CallBlock, ContentBlock, Message, ResultBlock } from "../src/contracts/message.ts";
import { isLuggageFor } from "./luggage.ts";

/** What a model can be shown. */
export interface Accepts {
  readonly model: string;
  readonly images: boolean;
  readonly documents: boolean;
}

interface Projected {
  readonly key: string;
  readonly message: Message;
}

/**
 * Makes any history one that every wire can say to one provider's model: what another model thought and what only another
 * understands is left out, an image or a document that the model cannot take becomes a sentence, each call is answered in the
 * message after it and once, roles alternate from `user`, and nothing is empty. A message that needs nothing keeps its identity,
 * and so does what a message became, so that whoever encodes it can keep its bytes.
 */
export function createRepair(provider: string): (messages: readonly Message[], accepts: Accepts) => readonly Message[] {
  const projections = new WeakMap<Message, Projected>();
  const pairs = new WeakMap<Message, { readonly of: readonly Message[]; readonly message: Message }>();

  const project = (message: Message, accepts: Accepts): Message => {
    const key = `${accepts.images} ${accepts.documents} ${accepts.model}`;
    const known = projections.get(message);
    if (known?.key === key) return known.message;
    const content = message.content.flatMap((block) => shown(block, provider, accepts) ?? []);
    const isSame = content.length === message.content.length && content.every((block, index) => block === message.content[index]);
    const projected = isSame ? message : { role: message.role, content };
    projections.set(message, { key, message: projected });
    return projected;
  };

  /** Kept with its first part, so that the same parts make the same message. */
  const join = (parts: readonly Message[]): Message => {
    const [first] = parts as readonly [Message];
    if (parts.length === 1) return first;
    const known = pairs.get(first);
    if (known !== undefined && known.of.length === parts.length && known.of.every((part, index) => part === parts[index])) return known.message;
    const message = { role: first.role, content: parts.flatMap(({ content }) => content) };
    pairs.set(first, { of: parts, message });
    return message;
  };

  return (messages, accepts) => {
    const kept = messages.map((message) => project(message, accepts)).filter(({ content }) => content.length > 0);
    return answered(groupedByRole(kept).map(join));
  };
}

function groupedByRole(messages: readonly Message[]): readonly (readonly Message[])[] {
  const groups: Message[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (last?.[0]?.role === message.role) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

/** What of a block this model is shown. */
function shown(block: ContentBlock, provider: string, accepts: Accepts): ContentBlock | undefined {
  switch (block.type) {
    case "text":
      return block.text.trim() === "" ? undefined : block;
    case "reasoning":
    case "unknown":
      return isLuggageFor(block.luggage, provider, accepts.model) ? block : undefined;
    case "image":
      return accepts.images ? block : { type: "text", text: `(an image, ${block.mediaType}, was left out: ${accepts.model} takes none)` };
    case "document":
      return accepts.documents ? block : { type: "text", text: `(a document, ${block.name ?? block.mediaType}, was left out: ${accepts.model} takes none)` };
    case "tool-call":
      return block.luggage === undefined || isLuggageFor(block.luggage, provider, accepts.model) ? block : withoutLuggage(block);
    case "tool-result": {
      const content = block.content.flatMap((part) => shown(part, provider, accepts) ?? []);
      return content.length === block.content.length && content.every((part, index) => part === block.content[index]) ? block : { ...block, content };
    }
    default:
      return block satisfies never;
  }
}

function withoutLuggage({ luggage: _foreign, ...call }: CallBlock): CallBlock {
  return call;
}

/** Each call with its answer in the message after it; an answer to nothing is left out. Roles alternate already. */
function answered(messages: readonly Message[]): readonly Message[] {
  const list: Message[] = [];
  const push = (message: Message): void => {
    const last = list.at(-1);
    if (message.content.length === 0) return;
    if (last?.role === message.role) list[list.length - 1] = { role: message.role, content: [...last.content, ...message.content] };
    else list.push(message);
  };
  let open: readonly CallBlock[] = [];
  for (const message of messages) {
    if (message.role === "assistant") {
      if (open.length > 0) push({ role: "user", content: open.map(unanswered) });
      if (list.length === 0) push({ role: "user", content: [{ type: "text", text: "(what went before was left out)" }] });
      const said = spoken(message);
      open = said.content.filter((block): block is CallBlock => block.type === "tool-call");
      push(said);
    } else {
      push(answering(message, open));
      open = [];
    }
  }
  if (open.length > 0) push({ role: "user", content: open.map(unanswered) });
  return list;
}

/** What the model said: no answers of the user's, and no call of an id twice. */
function spoken(message: Message): Message {
  const seen = new Set<string>();
  const content = message.content.filter(
    (block) => block.type !== "tool-result" && (block.type !== "tool-call" || (!seen.has(block.id) && seen.add(block.id))),
  );
  return content.length === message.content.length ? message : { role: "assistant", content };
}

function answering(message: Message, open: readonly CallBlock[]): Message {
  const waiting = new Map(open.map((call) => [call.id, call]));
  const isAnswer = (block: ContentBlock): boolean => block.type !== "tool-result" || waiting.delete(block.call);
  const content = message.content.filter((block) => isAnswer(block) && block.type !== "tool-call");
  if (waiting.size === 0 && content.length === message.content.length) return message;
  return { role: "user", content: [...[...waiting.values()].map(unanswered), ...content] };
}

const unanswered = ({ id }: CallBlock): ResultBlock => ({
  type: "tool-result",
  call: id,
  failed: true,
  content: [{ type: "text", text: "this call has no result" }],
});

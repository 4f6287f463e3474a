import type { CallBlock } from "../../src/contracts/message.ts";
import { stampedLuggage } from "../luggage.ts";
import { objectOfJson } from "../wire-json.ts";
import { type Fields, fieldsOf, stringOf } from "../json-object.ts";

interface OpenCall {
  id: string;
  name: string;
  readonly json: string[];
  jsonLength: number;
  /** What a vendor that speaks this wire wants back with a call, such as a signature. */
  extra: Fields | undefined;
}

const maxInputLength = 16 * 1024 * 1024;
const maxCalls = 4096;

/** The calls of one reply, gathered from deltas. Servers differ in what they say when: an index may be missing or be the same for all calls, an id or a name may come late, again or in pieces. */
export class ChatCalls {
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();
  #last: OpenCall | undefined;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Takes one delta of a call; what is wrong with it, if anything. */
  add(delta: Fields): string | undefined {
    const said = fieldsOf(delta["function"]);
    const id = stringOf(delta["id"]);
    const name = stringOf(said["name"]);
    const call = this.#callOf(delta["index"], id, name);
    if (call === undefined) return `it makes over ${maxCalls} calls`;
    call.id = joined(call.id, id);
    call.name = joined(call.name, name);
    if (Object.keys(fieldsOf(delta["extra_content"])).length > 0) call.extra = fieldsOf(delta["extra_content"]);
    // Some servers send the arguments as the object they are.
    const text = textOf(said["arguments"]);
    return text === undefined ? "a call's arguments are nested beyond all measure" : this.#append(call, text);
  }

  /** Takes arguments for the call of an index. */
  addArguments(index: number, text: string): string | undefined {
    const call = this.#callOf(index, "", "");
    return call === undefined ? `it makes over ${maxCalls} calls` : this.#append(call, text);
  }

  /** The calls, in the order in which they began. */
  blocks(provider: string, model: string): readonly CallBlock[] {
    return this.#calls.map(({ id, name, json, extra }) => {
      const text = json.join("");
      // No argument at all comes as "".
      const input = text.trim() === "" ? {} : objectOfJson(text);
      return {
        type: "tool-call",
        id,
        name,
        input: input ?? {},
        ...(input === undefined ? { malformed: text } : {}),
        ...(extra === undefined ? {} : { luggage: stampedLuggage(provider, model, { extra_content: extra }) }),
      };
    });
  }

  #append(call: OpenCall, text: string): string | undefined {
    call.jsonLength += text.length;
    if (call.jsonLength > maxInputLength) return `the input of a tool is over ${maxInputLength} characters`;
    if (text !== "") call.json.push(text);
    return undefined;
  }

  #callOf(index: unknown, id: string, name: string): OpenCall | undefined {
    const known = typeof index === "number" ? this.#byIndex.get(index) : this.#last;
    if (known !== undefined && !isAnother(known, id, name)) return (this.#last = known);
    if (this.#calls.length >= maxCalls) return undefined;
    const call: OpenCall = { id: "", name: "", json: [], jsonLength: 0, extra: undefined };
    this.#calls.push(call);
    if (typeof index === "number") this.#byIndex.set(index, call);
    return (this.#last = call);
  }
}

/** Whether an id and a name begin another call than the one at their place: that one has its own, and what it was asked for is whole. */
function isAnother(call: OpenCall, id: string, name: string): boolean {
  if (id === "" || name === "" || call.id === "" || call.name === "" || id === call.id) return false;
  return call.jsonLength === 0 || objectOfJson(call.json.join("")) !== undefined;
}

/** A piece more, unless it is the same again. */
const joined = (before: string, piece: string): string => (piece === before ? before : before + piece);

/** Undefined for an object so deep that it cannot be written down. */
function textOf(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return stringOf(input);
  try {
    return JSON.stringify(input);
  } catch {
    return undefined;
  }
}

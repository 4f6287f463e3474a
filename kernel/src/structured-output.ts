import type { CallBlock, ContentBlock, Message, Usage } from "./contracts/message.ts";
import type { JsonSchema, ModelRequest, Models, ResolvedModel } from "./contracts/model.ts";
import { ClawError } from "./errors.ts";
import { inputProblems } from "./turn/input-problems.ts";
import { ReplyAssembly } from "./turn/reply-assembly.ts";

export interface StructuredOutputOptions {
  readonly models: Pick<Models, "resolve" | "stream">;
  /** What is asked; `model` is an address. */
  readonly request: Omit<ModelRequest, "output" | "toolChoice" | "tools">;
  /** Names the value to the model: a tool's name, in snake_case. */
  readonly name: string;
  readonly description?: string;
  readonly schema: JsonSchema;
  /** `schema` holds the model to it, `tool` makes it call one; by what the model can when absent. */
  readonly strategy?: "schema" | "tool";
  /** How often a value that does not fit is given back to be put right; once when absent, ten times at the most. */
  readonly repairs?: number;
}

export interface StructuredOutput {
  readonly value: unknown;
  /** How many tries were put right. */
  readonly repairs: number;
  /** Of each request, in order. */
  readonly usage: readonly Usage[];
}

const mostRepairs = 10;

/** One value of a schema from a model, checked, and put right by the model itself where it does not fit. Throws MODEL_OUTPUT_INVALID. */
export async function structuredOutput(options: StructuredOutputOptions, signal: AbortSignal): Promise<StructuredOutput> {
  const { models } = options;
  const most = Math.min(mostRepairs, Math.max(0, Math.trunc(options.repairs ?? 1) || 0));
  const model = await models.resolve(options.request.model, signal);
  const strategy = options.strategy ?? (model.info.output === true ? "schema" : "tool");
  const check = await inputProblems(options.schema);
  const usage: Usage[] = [];
  let messages = options.request.messages;
  for (let repairs = 0; ; repairs += 1) {
    const reply = await ask({ ...options, messages, strategy }, model, signal);
    if (reply.usage !== undefined) usage.push(reply.usage);
    const tried = strategy === "tool" ? called(reply.content, options.name) : said(reply.content);
    const problems = tried.value === undefined ? [tried.problem] : check(tried.value);
    if (problems.length === 0) return { value: tried.value, repairs, usage };
    if (repairs >= most) {
      throw new ClawError("MODEL_OUTPUT_INVALID", `${model.address} gave no ${options.name} that fits its schema: ${problems.join("; ")}`, { problems });
    }
    messages = [...messages, ...correction(reply.content, tried.call, problems)];
  }
}

interface Asked extends Pick<StructuredOutputOptions, "models" | "request" | "name" | "description" | "schema"> {
  readonly messages: readonly Message[];
  readonly strategy: "schema" | "tool";
}

async function ask(
  { models, request, name, description = "Gives the answer", schema, messages, strategy }: Asked,
  { address }: ResolvedModel,
  signal: AbortSignal,
) {
  const how = strategy === "tool" ? { tools: [{ name, description, input: schema }], toolChoice: { tool: name } } : { tools: [], output: { name, schema } };
  const assembly = new ReplyAssembly(address);
  for await (const event of models.stream({ ...request, model: address, messages, ...how }, signal)) assembly.take(event);
  signal.throwIfAborted();
  if (assembly.end === undefined)
    throw new ClawError("MODEL_STREAM_CUT", `${address} ended its reply without saying that it was done`, {}, { retryable: true });
  if (assembly.end.reason === "refusal") throw new ClawError("MODEL_REFUSED", `${address} refused to answer`, {});
  const taken = new Set(messages.flatMap((message) => message.content.flatMap((block) => (block.type === "tool-call" ? [block.id] : []))));
  const content = assembly.content(
    () => "call_answer",
    (id) => taken.has(id),
  );
  return { content, usage: assembly.usage };
}

interface Tried {
  readonly value?: unknown;
  readonly problem: string;
  readonly call?: CallBlock;
}

function called(content: readonly ContentBlock[], name: string): Tried {
  const call = content.find((block): block is CallBlock => block.type === "tool-call" && block.name === name);
  if (call === undefined) return { problem: `${name} was not called` };
  if (call.malformed !== undefined) return { problem: "the arguments are no JSON object", call };
  return { value: call.input, problem: "", call };
}

function said(content: readonly ContentBlock[]): Tried {
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
  try {
    return { value: JSON.parse(text) as unknown, problem: "" };
  } catch {
    return { problem: "the answer is no JSON" };
  }
}

/** What the model said, and what is wrong with it; a call is answered as a tool answers. */
function correction(content: readonly ContentBlock[], call: CallBlock | undefined, problems: readonly string[]): readonly Message[] {
  const text = { type: "text", text: `This does not fit the schema. Give it again, whole:\n${problems.map((problem) => `- ${problem}`).join("\n")}` } as const;
  const others = content.flatMap((block) =>
    block.type === "tool-call" && block.id !== call?.id
      ? [{ type: "tool-result", call: block.id, failed: true, content: [{ type: "text", text: "not needed" }] } as const]
      : [],
  );
  const answer: ContentBlock = call === undefined ? text : { type: "tool-result", call: call.id, failed: true, content: [text] };
  return [...(content.length === 0 ? [] : [{ role: "assistant", content } as const]), { role: "user", content: [...others, answer] }];
}

import type { ConverseStreamRequest } from "@aws-sdk/client-bedrock-runtime";

/** A type of the SDK's as its JSON has it: bytes are base64. */
export type Json<T> = T extends Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

/** The body of ConverseStream. The model stands in the address. */
export type ConverseBody = Json<Omit<ConverseStreamRequest, "modelId">>;

type Part<T> = T extends readonly (infer Item)[] ? Item : never;

export type ConverseMessage = Part<NonNullable<ConverseBody["messages"]>>;
export type ConverseBlock = Part<NonNullable<ConverseMessage["content"]>>;
export type ConverseTool = Part<NonNullable<NonNullable<ConverseBody["toolConfig"]>["tools"]>>;
export type ConverseChoice = NonNullable<NonNullable<ConverseBody["toolConfig"]>["toolChoice"]>;
export type ConversePrompt = Part<NonNullable<ConverseBody["system"]>>;
export type ConverseResult = Part<NonNullable<NonNullable<ConverseBlock["toolResult"]>["content"]>>;
export type ConverseDocument = NonNullable<ConverseBlock["document"]>;
export type ConverseImage = NonNullable<ConverseBlock["image"]>;
/** What JSON can say, where the SDK leaves it open. */
export type AnyJson = NonNullable<ConverseBody["additionalModelRequestFields"]>;

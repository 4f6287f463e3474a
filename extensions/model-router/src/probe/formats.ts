import type { JsonSchema } from "@claw/kernel";
import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import { judged, quoted, type Probe, user } from "./probe.ts";

/** 48 by 48 pixels, all of them red: some vendors refuse smaller ones. */
const redPng =
  "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAIAAADYYG7QAAAANklEQVR42u3OQQ0AAAgAoetfWls4H2wEoKlXEhISEhISEhISEhISEhISEhISEhISEhISEhK6s98T93mKDkyKAAAAAElFTkSuQmCC";

export const image: Probe = {
  name: "image",
  requests: () => 1,
  claim: ({ images }) => images,
  fact: "images",
  async run({ ask }) {
    const heard = await ask({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", mediaType: "image/png", data: redPng },
            { type: "text", text: "Which colour is this image? Answer with one word." },
          ],
        },
      ],
    });
    return judged(/\bred\b/i.test(heard.text), heard, `it was shown red and answered ${quoted(heard.text)}`);
  },
};

const schema: JsonSchema = {
  type: "object",
  properties: { fruit: { type: "string", enum: ["apple", "plum"] }, count: { type: "integer" } },
  required: ["fruit", "count"],
  additionalProperties: false,
};

export const structuredOutput: Probe = {
  name: "structured output",
  requests: () => 1,
  claim: ({ output }) => output,
  fact: "output",
  async run({ ask }) {
    const heard = await ask({ output: { name: "basket", schema }, messages: [user("I have put three plums into my basket. What is in it?")] });
    const value = jsonFrom(heard.text);
    const fits = isJsonObject(value) && value["fruit"] === "plum" && Number.isInteger(value["count"]) && Object.keys(value).length === 2;
    return judged(fits, heard, `it answered ${quoted(heard.text)}`);
  },
};

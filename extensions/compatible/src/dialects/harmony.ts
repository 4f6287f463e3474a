import { type Dialect, argued, noCalls } from "./dialect.ts";

const maxHead = 160;

/** `<|channel|>commentary to=functions.bash <|constrain|>json<|message|>{…}<|call|>`, as gpt-oss prints it when its server does not read it. */
export const harmony: Dialect = {
  openings: ["<|start|>assistant", "<|channel|>"],
  *read(printed, tools) {
    const head = yield* printed.until("<|message|>", maxHead);
    const name = head === undefined ? undefined : /\bto=functions\.([\w-]{1,128})/.exec(head)?.[1];
    if (name === undefined || !tools.has(name)) return noCalls;
    yield* printed.skipSpace();
    const json = (yield* printed.peek()) === "{" ? yield* printed.json() : undefined;
    if (json === undefined) return noCalls;
    yield* printed.takeNext("<|call|>");
    return [argued(name, json)];
  },
};

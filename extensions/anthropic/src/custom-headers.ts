import { headersOf, settingFailure } from "@claw/kernel/kit";

type Headers = Readonly<Record<string, string>>;

const extension = "claw/anthropic";

/** The headers a person wants in every request, in lower case: those of the config, and over them the lines `Name: Value` of one text. */
export function customHeaders({ headers, customHeaders: lines }: { readonly headers: Headers; readonly customHeaders?: string }): Headers {
  const lowered = (given: Headers): readonly (readonly [string, string])[] =>
    Object.entries(headersOf(given, { extension })).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries([...lowered(headers), ...lowered(headersOfLines(lines ?? ""))]);
}

/** A blank line says nothing; any other that is no header is an error that does not repeat it, for it may hold a key. */
function headersOfLines(text: string): Headers {
  const lines = text.split(/\r\n|\r|\n/).map((line, index) => [line.trim(), index + 1] as const);
  return Object.fromEntries(
    lines
      .filter(([line]) => line !== "")
      .map(([line, number]) => {
        const colon = line.indexOf(":");
        if (colon < 1)
          throw settingFailure(extension, `customHeaders: line ${number} is no header`, "write ANTHROPIC_CUSTOM_HEADERS as lines of the form Name: Value");
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      }),
  );
}

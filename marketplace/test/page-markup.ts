/** A tag of a page as a browser would read it: its name, its attributes and their values. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const token = /<!doctype html>|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*\/?>|<|>/g;
const attribute = /\s([a-z-]+)(?:="([^"]*)")?/g;

/** Reads what our pages may consist of. Any `<` or `>` that begins or ends no plain tag is an error, so text that is not escaped shows. */
export function tagsOf(markup: string): readonly Tag[] {
  return [...markup.matchAll(token)].flatMap(([whole, , name, attributes]) => {
    if (whole === "<!doctype html>") return [];
    if (name === undefined) throw new Error(`not escaped: ${whole}`);
    return [
      {
        name: whole.startsWith("</") ? `/${name}` : name,
        attributes: Object.fromEntries([...(attributes ?? "").matchAll(attribute)].map(([, key, value]) => [key, value ?? ""])),
      },
    ];
  });
}

/** The skeleton: what is left when all text and all values are taken away. */
export const skeletonOf = (markup: string): readonly string[] => tagsOf(markup).map(({ name, attributes }) => [name, ...Object.keys(attributes)].join(" "));

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** The text that a reader sees, blanks drawn together. */
export const textOf = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, "")
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? "")
    .replace(/\s+/g, " ")
    .trim();

/** Opened and closed as they should be. */
export function isBalanced(markup: string): boolean {
  const open: string[] = [];
  for (const { name } of tagsOf(markup)) {
    if (["meta", "link", "input", "br", "hr"].includes(name)) continue;
    if (!name.startsWith("/")) open.push(name);
    else if (open.pop() !== name.slice(1)) return false;
  }
  return open.length === 0;
}

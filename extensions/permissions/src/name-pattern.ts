/** More stars take too long to be matched. */
const mostStars = 4;

/** What a file's own name must look like for a glob to name the file; undefined for a glob that may name any, or is not understood. */
export function namePattern(glob: string, braces: boolean): RegExp | undefined {
  const name = glob.split("/").at(-1) ?? "";
  const plain = braces ? name.replaceAll(/\{[^{}]+\}/g, "") : name;
  if (name === "" || name === "**" || !/^[\w.,@+*?-]*$/.test(plain) || !/^[\w.,@+*?{}-]+$/.test(name)) return undefined;
  if (name.split("*").length - 1 > mostStars) return undefined;
  let inside = false;
  const source = name.split(/([{}*?,])/).map((piece) => {
    if (piece === "{" || piece === "}") inside = piece === "{";
    return signs(inside)[piece] ?? RegExp.escape(piece);
  });
  return new RegExp(`^(?:${source.join("")})$`, "is");
}

const signs = (inside: boolean): Readonly<Record<string, string>> => ({ "*": ".*", "?": ".", "{": "(?:", "}": ")", ...(inside ? { ",": "|" } : {}) });

/** A profile as nested lists. Strings keep their opening sign, so that `"a"` and `a` differ. */
export type Expression = string | readonly Expression[];

/** Reads s-expressions strictly: what is left open, closed twice or not ended throws. */
export function readExpressions(text: string): readonly Expression[] {
  const tokens = text.match(/\(|\)|#"[^"]*"|"(?:[^"\\]|\\.)*"|[^\s()"]+/g) ?? [];
  if (tokens.join("") !== text.replace(/("[^"]*")|\s+/g, (_, quoted: string | undefined) => quoted ?? ""))
    throw new Error("there is more in it than can be read");
  const stack: Expression[][] = [[]];
  for (const token of tokens) {
    if (token === "(") stack.push([]);
    else if (token === ")") {
      const done = stack.pop();
      const outer = stack.at(-1);
      if (done === undefined || outer === undefined) throw new Error("closed more often than opened");
      outer.push(done);
    } else stack.at(-1)?.push(token);
  }
  if (stack.length !== 1) throw new Error("left open");
  return stack[0] ?? [];
}

export interface Asked {
  readonly path?: string;
  readonly type?: "REGULAR-FILE" | "DIRECTORY";
  readonly remote?: string;
  readonly target?: "others" | "same-sandbox";
  readonly service?: string;
}

/** What a profile says of an operation: its last rule that fits decides, as in seatbelt. */
export function decide(
  profile: { readonly text: string; readonly parameters: Readonly<Record<string, string>> },
  operation: string,
  asked: Asked = {},
): "allow" | "deny" {
  let verdict: "allow" | "deny" = "deny";
  for (const rule of readExpressions(profile.text)) {
    const [action, ...rest] = rule as readonly Expression[];
    if (action !== "allow" && action !== "deny") continue;
    const operations = rest.filter((each): each is string => typeof each === "string");
    const filters = rest.filter((each): each is readonly Expression[] => typeof each !== "string");
    const named = operations.some((each) => each === "default" || each === operation || (each.endsWith("*") && operation.startsWith(each.slice(0, -1))));
    if (named && (filters.length === 0 || filters.some((filter) => fits(filter, asked, profile.parameters)))) verdict = action;
  }
  return verdict;
}

function fits([name, ...values]: readonly Expression[], asked: Asked, parameters: Readonly<Record<string, string>>): boolean {
  const value = (): string => {
    const [first] = values;
    if (typeof first === "string") return first.replace(/^#?"|"$/g, "");
    const [param, key] = first as readonly string[];
    const found = parameters[(key ?? "").slice(1, -1)];
    if (param !== "param" || found === undefined) throw new Error(`no parameter ${key}`);
    return found;
  };
  const { path } = asked;
  switch (name) {
    case "subpath":
      return path !== undefined && (path === value() || path.startsWith(`${value()}/`));
    case "literal":
      return path === value();
    case "regex":
      return path !== undefined && new RegExp(value()).test(path);
    case "require-all":
      return values.every((filter) => fits(filter as readonly Expression[], asked, parameters));
    case "vnode-type":
      return asked.type === values[0];
    case "target":
      return asked.target === values[0];
    case "global-name":
      return asked.service === value();
    case "remote":
    case "local":
      return typeof values[1] === "string" ? asked.remote === values[1].slice(1, -1) : fits(values[1] as readonly Expression[], asked, parameters);
    case "socket-domain":
      return false;
    default:
      throw new Error(`an unknown filter: ${String(name)}`);
  }
}

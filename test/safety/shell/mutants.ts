/** Hides a payload that really runs in a command that only reads. What comes out either runs the payload or is refused by bash: nothing here makes it inert. */

export interface Hiding {
  readonly name: string;
  /** Every text with the payload hidden this way; none where the command does not lend itself to it. */
  readonly hide: (honest: string, payload: string) => readonly string[];
}

/** Whether more may be written behind a command on the same line: no comment and no heredoc would swallow it, and nothing stands open. */
const goesOn = (honest: string): boolean => !/#|<<|\n|\\$|&$/.test(honest);

const around = (name: string, make: (honest: string, payload: string) => string): Hiding => ({
  name,
  hide: (honest, payload) => (goesOn(honest) ? [make(honest, payload)] : []),
});

/** For texts that end at a line of their own, whatever is in them. */
const onLines = (name: string, make: (honest: string, payload: string) => string): Hiding => ({ name, hide: (honest, payload) => [make(honest, payload)] });

/** Where blanks stand outside of quotes and of everything that has rules of its own. */
function gaps(text: string): readonly number[] {
  if (/#|<<|\n|\\|`|\$'|\(\(|\$\[|\[\[|\bcase\b/.test(text)) return [];
  const found: number[] = [];
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote !== undefined) quote = sign === quote ? undefined : quote;
    else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === " ") found.push(at);
  }
  return found;
}

/** Where a string in double quotes begins, outside of single quotes. */
function openings(text: string): readonly number[] {
  if (/#|<<|\n|\\|`|\$'|\$\(/.test(text)) return [];
  const found: number[] = [];
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote !== undefined) quote = sign === quote ? undefined : quote;
    else if (sign === "'" || sign === '"') {
      quote = sign;
      if (sign === '"') found.push(at + 1);
    }
  }
  return found;
}

/** Where a command begins, and where it ends: what holds there holds in the middle. */
const ends = (places: readonly number[]): readonly number[] => [...new Set([...places.slice(0, 1), ...places.slice(-1)])];

const inGaps = (name: string, make: (payload: string) => string): Hiding => ({
  name,
  hide: (honest, payload) => ends(gaps(honest)).map((at) => `${honest.slice(0, at)} ${make(payload)}${honest.slice(at)}`),
});

const inStrings = (name: string, make: (payload: string) => string): Hiding => ({
  name,
  hide: (honest, payload) => ends(openings(honest)).map((at) => honest.slice(0, at) + make(payload) + honest.slice(at)),
});

/** Where it stands between grave accents, a backslash would need another one. */
const plain = (payload: string): string => (payload.includes("\\") ? "touch PWN" : payload);

export const hidings: readonly Hiding[] = [
  around("behind ;", (honest, payload) => `${honest}; ${payload}`),
  around("before ;", (honest, payload) => `${payload}; ${honest}`),
  around("behind ; without a blank", (honest, payload) => `${honest};${payload}`),
  around("behind &&", (honest, payload) => `${honest} && ${payload}`),
  around("before &&", (honest, payload) => `${payload} && ${honest}`),
  around("behind ||", (honest, payload) => `${honest} || ${payload}`),
  around("behind both", (honest, payload) => `${honest} && true || ${payload}`),
  around("behind what looks like a comment", (honest, payload) => `${honest} <(true)# ; ${payload}`),
  around("behind a pipe", (honest, payload) => `${honest} | ${payload}`),
  around("behind a pipe of both outputs", (honest, payload) => `${honest} |& ${payload}`),
  around("before a pipe", (honest, payload) => `${payload} | ${honest}`),
  around("in the middle of a pipe", (honest, payload) => `${honest} | ${payload} | cat`),
  around("behind &", (honest, payload) => `${honest} & ${payload}`),
  around("before &", (honest, payload) => `${payload} & ${honest}`),
  around("far to the right", (honest, payload) => `${honest}${" ".repeat(400)}; ${payload}`),
  onLines("on the next line", (honest, payload) => `${honest}\n${payload}`),
  onLines("on the line before", (honest, payload) => `${payload}\n${honest}`),
  onLines("behind a comment", (honest, payload) => `${honest}\n# only a comment\n${payload}`),
  onLines("behind a comment with a backslash", (honest, payload) => `# only a comment \\\n${payload}\n${honest}`),
  onLines("behind many lines", (honest, payload) => `${honest}\n${"\n".repeat(60)}${payload}`),
  around("behind a carriage return", (honest, payload) => `${honest}\r\n${payload}`),
  around("behind what looks like a comment", (honest, payload) => `${honest} a#b; ${payload}`),
  around("in a subshell", (honest, payload) => `(${honest}; ${payload})`),
  around("in braces", (honest, payload) => `{ ${honest}; ${payload}; }`),
  around("negated", (honest, payload) => `${honest}; ! ${payload}`),
  around("timed", (honest, payload) => `time ${payload}; ${honest}`),
  around("as a condition", (honest, payload) => `if ${payload}; then ${honest}; fi`),
  around("in a branch", (honest, payload) => `if ${honest}; then ${payload}; else ${payload}; fi`),
  around("in the else of a chain", (honest, payload) => `if false; then ${honest}; elif false; then :; else ${payload}; fi`),
  around("as the condition of a loop", (honest, payload) => `while ${payload}; do ${honest}; break; done`),
  around("in a loop", (honest, payload) => `for i in 1; do ${honest}; ${payload}; done`),
  around("in the list of a loop", (honest, payload) => `for i in "$(${payload})"; do ${honest}; done`),
  around("in the word of a case", (honest, payload) => `case "$(${payload})" in *) ${honest} ;; esac`),
  around("in a case", (honest, payload) => `case x in y) ${honest} ;; *) ${payload} ;; esac`),
  around("in a pattern of a case", (honest, payload) => `case x in $(${payload})) ;; *) ${honest} ;; esac`),
  around("in a function", (honest, payload) => `f() { ${payload}; }; ${honest}; f`),
  around("in a function called like a program", (honest, payload) => `cat() { ${payload}; }; cat a.txt; ${honest}`),
  around("in a trap", (honest, payload) => `trap '${payload}' EXIT; ${honest}`),
  around("in a coprocess", (honest, payload) => `coproc { ${payload}; }; ${honest}; wait`),
  around("in the reader of a pipe", (honest, payload) => `${honest} | while true; do ${payload}; break; done`),
  around("in a test", (honest, payload) => `[ "$(${payload})" ] || ${honest}`),
  around("in a test of bash", (honest, payload) => `[[ x == "$(${payload})" ]] || ${honest}`),
  around("in arithmetic", (honest, payload) => `echo $(( a[$(${payload})] )); ${honest}`),
  around("in an arithmetic command", (honest, payload) => `(( a[$(${payload})] )); ${honest}`),
  around("in a variable before", (honest, payload) => `X=$(${payload}) ${honest}`),
  around("in a quoted variable before", (honest, payload) => `X="$(${payload})" Y=1 ${honest}`),
  around("in grave accents of a variable", (honest, payload) => `X=\`${plain(payload)}\` ${honest}`),
  around("in a variable of its own", (honest, payload) => `X=$(${payload}); ${honest}`),
  around("in an array", (honest, payload) => `X=(1 "$(${payload})"); ${honest}`),
  around("in an index", (honest, payload) => `X[$(${payload})]=1; ${honest}`),
  around("in the name of an input", (honest, payload) => `${honest} < "$(${payload})"`),
  around("in the name of an output", (honest, payload) => `${honest} > "$(${payload}; echo /dev/null)"`),
  around("in a substitution that is read", (honest, payload) => `${honest} < <(${payload})`),
  around("in a string that is read", (honest, payload) => `${honest} <<< "$(${payload})"`),
  around("in a document that is read", (honest, payload) => `${honest} <<E\n$(${payload})\nE`),
  around("in a document before", (honest, payload) => `cat <<E\n\${x:-$(${payload})}\nE\n${honest}`),
  around("behind a document", (honest, payload) => `cat <<'E'\n${honest}\nE\n${payload}`),
  around("on the line of a document", (honest, payload) => `cat <<'E'; ${payload}\n${honest}\nE`),
  around("in the commands of a shell", (honest, payload) =>
    /'/.test(honest + payload) ? `bash <<'E'\n${honest}\n${payload}\nE` : `bash -c '${honest}; ${payload}'`,
  ),
  around("sent to a shell", (honest, payload) => `echo '${payload}' | sh; ${honest}`),
  around("evaluated", (honest, payload) => `${honest}; eval '${payload}'`),
  around("three substitutions deep", (honest, payload) => `${honest}; echo "$(echo "$(echo "$(${payload})")")"`),
  around("behind the command in a substitution", (honest, payload) => `echo "$(${honest}; ${payload})"`),
  around("written to a file", (honest) => `${honest} > PWN`),
  around("errors written to a file", (honest) => `${honest} 2> PWN`),
  around("all of it written to a file", (honest) => `${honest} &> PWN`),
  around("written behind a file", (honest) => `${honest} >> a.txt`),
  around("written whatever noclobber says", (honest) => `${honest} >| PWN`),
  around("written after it was thrown away", (honest) => `${honest} > /dev/null 2>&1 3> PWN`),
  around("a file opened both ways", (honest) => `${honest} 9<> PWN`),
  around("a file opened under a name", (honest) => `${honest} {fd}> PWN`),
  around("written from braces", (honest) => `{ ${honest}; } > PWN`),
  around("written from a subshell", (honest) => `(${honest}) >> PWN`),
  around("written to a start-up file", (honest) => `${honest} >> ~/.bashrc`),
  around("written outside", (honest) => `${honest} > /tmp/PWN`),
  around("sent to a host", (honest) => `${honest} > /dev/tcp/localhost/7777`),
  around("copied by tee", (honest) => `${honest} | tee PWN`),
  inGaps("as a word", (payload) => `$(${payload})`),
  inGaps("as a quoted word", (payload) => `"$(${payload})"`),
  inGaps("as a word in grave accents", (payload) => `\`${plain(payload)}\``),
  inGaps("as the end of a word", (payload) => `x$(${payload})`),
  inGaps("as a default", (payload) => `\${nothing:-$(${payload})}`),
  inGaps("as a value that is kept", (payload) => `"\${nothing:=$(${payload})}"`),
  inGaps("as a process", (payload) => `<(${payload})`),
  inGaps("in braces that expand", (payload) => `{a,$(${payload})}`),
  inGaps("as an input", (payload) => `< "$(${payload})"`),
  inGaps("as the value of an option", (payload) => `--name="$(${payload})"`),
  inGaps("as a short option", (payload) => `-n"$(${payload})"`),
  inGaps("as an output", () => `> PWN`),
  inStrings("in a string", (payload) => `$(${payload})`),
  inStrings("in a string, in grave accents", (payload) => `\`${plain(payload)}\``),
  inStrings("in a string, as a default", (payload) => `\${nothing:-$(${payload})}`),
];

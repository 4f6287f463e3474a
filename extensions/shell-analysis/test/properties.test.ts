import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse, classOf, place } from "./analysed.ts";
import { honest } from "./corpus/honest.ts";
import { createAnalyser } from "../src/analyser.ts";

const commands = Object.values(honest)
  .flat()
  .map(({ command }) => command);
const command = fc.constantFrom(...commands);
/** Commands of one line, behind which something can be put. */
const line = fc.constantFrom(...commands.filter((one) => !/\n|<<|#/.test(one)));

/** Pieces that shell texts are made of, and some that break them. */
const piece = fc.constantFrom(
  ..."ls|cat|touch x|echo|$x|\"$x\"|${x@P}|${x:-y}|${a[1]}|$(|)|`|'|\"|\\|;|&&|||\n|&|>|>>|<|<<EOF|EOF|<<<|<(|((|))|[[|]]|{|}|(|for f in|do|done|if|then|fi|case|esac|in|while|x=1|x=$y|IFS=,|-exec|-o|--|*|?|[a|{a,b}|~|#|!|=|\r|\u00a0|\0|$'\\x41'|$\"|sed -n|awk '{print}'|find .|xargs|bash -c|sudo|git log|function f|select|coproc".split(
    "|",
  ),
  "|",
  "||",
  " ",
);
const noise = fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 40 }).map((parts) => parts.join(" "));

describe("whatever the text is", () => {
  test("a report comes back, and its parts lie in the text", () => {
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: "binary", maxLength: 200 }), command), (text) => {
        const report = analyse(text);
        const spans = [...report.commands, ...report.why, ...report.unjudged, ...report.reads, ...report.writes, ...report.mentions];
        expect(spans.filter(({ pos, end }) => pos < 0 || end < pos || end > text.length)).toEqual([]);
        for (const { pos, end, typed, quoted } of report.commands)
          if (!quoted && !report.broken && !text.includes("`")) expect(typed.filter((word) => !text.slice(pos, end).includes(word))).toEqual([]);
        if (report.unjudged.length > 0) expect(report.class).not.toBe("read-only");
        if (report.class === "read-only")
          expect([report.unjudged, report.writes, report.hosts, report.hidden, report.broken]).toEqual([[], [], [], false, false]);
      }),
      { numRuns: 3000 },
    );
  });

  test("what is not read-only says why", () => {
    fc.assert(
      fc.property(fc.oneof(noise, command), (text) => {
        const { class: found, why, commands: parts } = analyse(text);
        expect(why.length > 0).toBe(found !== "read-only");
        for (const part of parts) if (part.class !== "read-only") expect(part.why.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("the same text is judged alike by every analyser, however often", () => {
    const other = createAnalyser();
    fc.assert(
      fc.property(fc.oneof(noise, command), (text) => {
        expect(other.analyse(text, place)).toEqual(analyse(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a payload is seen wherever it is put", () => {
  const payloads: readonly ((text: string) => string)[] = [
    (text) => `${text} > ~/.bashrc`,
    (text) => `${text} >> PWN`,
    (text) => `${text}; touch PWN`,
    (text) => `touch PWN; ${text}`,
    (text) => `${text} && touch PWN`,
    (text) => `${text} || touch PWN`,
    (text) => `${text}\ntouch PWN`,
    (text) => `${text} | tee PWN`,
    (text) => `${text} & touch PWN`,
    (text) => `${text} &`,
    (text) => `X=$(touch PWN) ; ${text}`,
    (text) => `(${text}; touch PWN)`,
    (text) => `{ ${text}; } > PWN`,
    (text) => `if ${text}; then touch PWN; fi`,
    (text) => `while ${text}; do touch PWN; break; done`,
    (text) => `for i in 1; do ${text}; touch PWN; done`,
    (text) => `echo "$(${text}; touch PWN)"`,
    (text) => `cat <(${text}; touch PWN)`,
    (text) => `f() { ${text}; }; f`,
    (text) => `PATH=.; ${text}`,
    (text) => `export PAGER=x; ${text}`,
    (text) => `alias ls=x; ${text}`,
    (text) => `eval ls; ${text}`,
    (text) => `${text}\r`,
    (text) => `${text}\u200b`,
  ];

  test("behind, before and around every honest command", () => {
    fc.assert(
      fc.property(line, fc.constantFrom(...payloads), (text, hide) => {
        expect([hide(text), classOf(hide(text))]).not.toEqual([hide(text), "read-only"]);
      }),
      { numRuns: 4000 },
    );
  });

  test("as a further word of every command", () => {
    const words = [
      "$(touch PWN)",
      '"$(touch PWN)"',
      "`touch PWN`",
      "<(touch PWN)",
      ">(touch PWN)",
      "${x:=PWN}",
      "${x@P}",
      "$((a[$(touch PWN)]))",
      '"${a[$(touch PWN)]}"',
      "> PWN",
      "2> PWN",
      "<> PWN",
      ">| PWN",
    ];
    fc.assert(
      fc.property(line, fc.constantFrom(...words), (text, word) => {
        expect([`${text} ${word}`, classOf(`${text} ${word}`)]).not.toEqual([`${text} ${word}`, "read-only"]);
      }),
      { numRuns: 4000 },
    );
  });

  test("in a part that is cut into it anywhere", () => {
    fc.assert(
      fc.property(
        command,
        fc.nat(),
        fc.constantFrom("; touch PWN;", "$(touch PWN)", "`touch PWN`", "\ntouch PWN\n", "&touch PWN&", "|touch PWN|"),
        (text, where, payload) => {
          const at = where % (text.length + 1);
          const spliced = `${text.slice(0, at)}${payload}${text.slice(at)}`;
          const report = analyse(spliced);
          // In quotes and comments it is text.
          const isText = !report.commands.some(({ words }) => words[0] === "touch");
          expect(isText || report.class !== "read-only" ? "seen" : spliced).toBe("seen");
        },
      ),
      { numRuns: 4000 },
    );
  });

  test("whatever word is left out of an attack", () => {
    const attacks = [
      "ls ; touch PWN",
      "cat a | tee PWN",
      "find . -name a -exec touch PWN ;",
      "sed -n -e p -e 'w PWN' f",
      "echo x > PWN",
      "bash -c 'touch PWN'",
      "X=$(touch PWN) ls",
      "for f in a ; do touch PWN ; done",
    ];
    for (const attack of attacks) {
      const words = attack.split(" ");
      words.forEach((_, index) => {
        const left = words.toSpliced(index, 1).join(" ");
        const report = analyse(left);
        if (report.class === "read-only")
          expect([left, report.commands.some((one) => one.words[0] === "touch" || (one.words[0] === "tee" && one.words.length > 1)), / > /.test(left)]).toEqual(
            [left, false, false],
          );
      });
    }
  });
});

test("an extension's word makes no command more harmless", () => {
  const order = ["read-only", "workspace-write", "unknown", "outside-write", "network", "destructive"];
  const tightened = createAnalyser([
    { description: "", program: "git", raises: { log: "network", "-p": "workspace-write" } },
    { description: "", program: "cat", raises: { "*": "unknown" } },
  ]);
  fc.assert(
    fc.property(command, (text) => {
      expect(order.indexOf(tightened.analyse(text, place).class)).toBeGreaterThanOrEqual(order.indexOf(classOf(text)));
    }),
    { numRuns: 1000 },
  );
});

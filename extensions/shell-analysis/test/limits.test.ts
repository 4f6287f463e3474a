import { describe, expect, test } from "vitest";
import { createAnalyser } from "../src/analyser.ts";
import { analyse, classOf, place } from "./analysed.ts";

const mebibyte = 1024 * 1024;
const units = [
  ...'$(|`|"$(|${x:-|((|{|(|if |a;|a&&|$((1+|[[ a && |<<E |\'|"|\\|a b c |{a,b}|[a|*|$x|case x in a) |for f in |f(){ |a\n|x=(|${a[|@(|$\'|<(|# x\n|"${x}" |a=1 |$(a) |`a` |>x |<<E\na\nE\n|xargs |find . -exec |bash -c |env |cd ..;|x=$x;|x=$y;y=$x;|for x in $x; do |eval |ls {1..9}|../'.split(
    "|",
  ),
  "a|",
  "\u0000",
  "\ud800",
];

const pairs = [
  ["$((", "))"],
  ["$(( $x + ", "))"],
  ["$[", "]"],
  ["((a[$(", ")]))"],
  ["a[$((", "))]=1 "],
  ["${x:-", "}"],
  ['"${x:-', '}"'],
  ["${x:-$((", "))}"],
  ["${x/", "/y}"],
  ["${x:$((", ")):1}"],
  ["$((($((", ")))))"],
  ["$(", ")"],
  ['echo "$(', ')"'],
  ["while ", "; do a; done"],
  ["bash -c '", "'"],
] as const;

/** Milliseconds of the processor, whoever else it serves. */
const spentSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

describe("limits", () => {
  test("nothing over 4,096 characters is proven, nothing over 100 commands", () => {
    expect(classOf(`echo ${"a".repeat(4_000)}`)).toBe("read-only");
    expect(classOf(`echo ${"a".repeat(4_100)}`)).toBe("unknown");
    expect(classOf("true;".repeat(100))).toBe("read-only");
    expect(classOf("true;".repeat(101))).toBe("unknown");
    expect(analyse("true;".repeat(301))).toMatchObject({ class: "unknown", broken: true });
  });

  test("what is longer is still looked through for what rules forbid", () => {
    const text = `cat > notes.md <<'EOF'\n${"some `text` with $(x) and ${y}\n".repeat(500)}EOF\nrm -rf build`;
    expect(analyse(text)).toMatchObject({ class: "destructive", broken: false, programs: ["cat", "rm"] });
    expect(analyse(text).commands.map(({ plain }) => plain)).toEqual([false, false]);
  });

  test("what is longer than 65,536 characters is not read at all, and says so", () => {
    expect(analyse("a".repeat(70_000))).toMatchObject({ class: "unknown", broken: true, commands: [] });
  });

  test("substitutions and texts that run texts are followed six deep", () => {
    const nested = (depth: number): string => (depth === 0 ? "pwd" : `echo $(${nested(depth - 1)})`);
    expect([classOf(nested(6)), classOf(nested(7)), analyse(nested(7)).broken]).toEqual(["read-only", "unknown", true]);
    expect(classOf("xargs ".repeat(9))).toBe("unknown");
  });

  test("a command of more than 500 words is not followed", () => {
    expect(analyse(`ls ${"a ".repeat(600)}`)).toMatchObject({ class: "unknown", broken: true });
  });

  test("what a launcher is told is not proven where it is too much to be held against rules", () => {
    expect(analyse(`env ls ${"a ".repeat(80)}`)).toMatchObject({ class: "read-only", broken: false });
    for (const launcher of ["env ls", "xargs grep", "timeout 9 cat"])
      expect(analyse(`pwd; ${launcher} ${"a ".repeat(120)}`)).toMatchObject({
        class: "unknown",
        broken: true,
        commands: [{ class: "unknown" }, { class: "unknown" }],
      });
  });

  test.each([
    "eval 'cat <(ls)# ; touch a'",
    "ssh host 'cat <(ls)# ; touch a'",
    "bash <<'EOF'\ncat <(ls)# ; touch a\nEOF",
    "eval 'touch a\n('",
    "eval 'cat 2>(touch a)'",
    "ssh host 'cat {fd}<(touch a)'",
  ])("what %j starts is not followed", (text) => expect(analyse(text).broken).toBe(true));

  test("parts of words that nest are looked into as long as that is no more work than the text is worth, and no further", () => {
    const nested = (depth: number, inner: string): string => (depth === 0 ? inner : `\${x:-${nested(depth - 1, inner)}}`);
    expect(classOf(`echo "${nested(20, "a")}"`)).toBe("read-only");
    expect(analyse(`echo "${nested(100, "a".repeat(1_000))}"`)).toMatchObject({ class: "unknown", broken: true });
    expect(analyse(`echo $(( ${"1+".repeat(5_000)}1 ))`)).toMatchObject({ class: "unknown", broken: true });
    expect(analyse(`(( ${"1+".repeat(5_000)}1 ))`)).toMatchObject({ class: "unknown", broken: true });
    expect(analyse(`bash <<'EOF'\necho ${nested(100, "a".repeat(1_000))}\nEOF`)).toMatchObject({ class: "unknown", broken: true });
  });

  test("a text that a shell is given is not read past 8,192 characters, and all of them together not past twice that", () => {
    const script = `echo ${"a ".repeat(200)};`;
    const fed = (count: number): string => `bash <<'EOF'\n${script.repeat(count)}\nEOF\n`;
    expect([analyse(fed(19)).broken, analyse(fed(21)).broken, analyse(fed(19).repeat(3)).broken]).toEqual([false, true, true]);
    expect(analyse(`bash -c '${"x;".repeat(5_000)}'`)).toMatchObject({ class: "unknown", broken: true });
  });

  test("what certainly ends where it stands does not make a text too much to be read", () => {
    expect(analyse(`${`echo $(pwd) \${x} ${"b".repeat(50)};\n`.repeat(60)}rm -rf a`)).toMatchObject({ class: "destructive", broken: false });
    expect(analyse(`git clean -${"q".repeat(5_000)}fd`)).toMatchObject({ class: "destructive", broken: false });
    expect(analyse(`ls '-${" -é".repeat(500)}'`).why.length).toBeLessThan(5);
    expect(analyse(`echo ${"${}".repeat(5_000)}`)).toMatchObject({ class: "unknown", broken: true });
    expect(analyse("echo $(case x in a) ".repeat(150).concat("b".repeat(3_000)))).toMatchObject({ class: "unknown", broken: true });
  });

  test("no text throws, of any size up to 1 MiB, and none takes long", () => {
    const { analyse: judge } = createAnalyser();
    let slowest = 0;
    for (const size of [100, 4_096, 16_384, 65_536, mebibyte])
      for (const unit of units) {
        const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
        let best = Number.POSITIVE_INFINITY;
        for (let turn = 0; turn < 3; turn += 1) {
          const start = process.cpuUsage();
          judge(text, { ...place, folder: `/ws/app/${turn}` });
          best = Math.min(best, spentSince(start));
        }
        slowest = Math.max(slowest, best);
      }
    // 5 ms is the bar on a machine of its own; other tests make this one slower.
    expect(slowest).toBeLessThan(50);
  });

  test("none takes long because its parts stand in one another", () => {
    const { analyse: judge } = createAnalyser();
    let slowest: readonly [what: string, ms: number] = ["", 0];
    for (const [open, close] of pairs)
      for (const levels of [20, 60, 150])
        for (const filling of ["1+", "$x", "a ", "x;"])
          for (const size of [1_000, 3_700, 16_000]) {
            const around = `${open.repeat(levels)}${close.repeat(levels)}`;
            const text = `${open.repeat(levels)}${filling.repeat(Math.max(0, (size - around.length) / filling.length))}${close.repeat(levels)}`;
            let best = Number.POSITIVE_INFINITY;
            for (let turn = 0; turn < 5; turn += 1) {
              const start = process.cpuUsage();
              judge(text, { ...place, folder: `/ws/app/${turn}` });
              best = Math.min(best, spentSince(start));
            }
            if (best > slowest[1]) slowest = [`${levels} times ${open} around ${filling}, ${size} characters`, best];
          }
    expect(slowest[1], slowest[0]).toBeLessThan(50);
  });
});

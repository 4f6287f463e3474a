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

  test("no text throws, of any size up to 1 MiB, and none takes long", () => {
    const { analyse: judge } = createAnalyser();
    let slowest = 0;
    for (const size of [100, 4_096, 16_384, 65_536, mebibyte])
      for (const unit of units) {
        const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
        let best = Number.POSITIVE_INFINITY;
        for (let turn = 0; turn < 3; turn += 1) {
          const start = performance.now();
          judge(text, { ...place, folder: `/ws/app/${turn}` });
          best = Math.min(best, performance.now() - start);
        }
        slowest = Math.max(slowest, best);
      }
    // 5 ms is the bar on a machine of its own; other tests share this one.
    expect(slowest).toBeLessThan(50);
  });
});

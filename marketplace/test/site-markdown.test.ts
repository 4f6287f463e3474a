import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markdown } from "../src/site/markdown.ts";
import { isBalanced, tagsOf, textOf } from "./page-markup.ts";

const allowed: ReadonlySet<string> = new Set(
  [
    "p",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "a",
    "small",
    "span",
    "br",
    "hr",
    "div",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
  ].flatMap((name) => [name, `/${name}`]),
);
const attributes: ReadonlySet<string> = new Set(["href", "rel", "tabindex", "class", "scope", "start", "role", "aria-label"]);

/** What of a README's HTML is more than text: nothing but what this site writes. */
function trespasses(markup: string): readonly string[] {
  return tagsOf(markup).flatMap((tag) => [
    ...(allowed.has(tag.name) ? [] : [tag.name]),
    ...Object.keys(tag.attributes).filter((name) => !attributes.has(name)),
    ...(tag.attributes["href"] === undefined || tag.attributes["href"].startsWith("https://") ? [] : [tag.attributes["href"]]),
  ]);
}

/** Line feeds beside tags of blocks, which mean nothing. */
const withoutLayout = (markup: string): string =>
  markup.replace(/(?<=<\/?(?:ul|ol|li|blockquote|div|table|thead|tbody|tr)\b[^>]*>)\n|\n(?=<\/?(?:ul|ol|li|blockquote|div|table|thead|tbody|tr)\b)/g, "");

describe("a README is rendered:", () => {
  test.for<readonly [what: string, source: string, markup: string]>([
    ["headings, below the page's own", "# One\n## Two ##\n#### Four\n#five", "<h3>One</h3><h4>Two</h4><h6>Four</h6><p>#five</p>"],
    ["paragraphs and breaks", "one\ntwo  \nthree\\\nfour\n\nfive", "<p>one\ntwo<br />three<br />four</p><p>five</p>"],
    [
      "emphasis and code",
      "**a** *b* __c__ snake_case_name `x < y` ``a`b``",
      "<p><strong>a</strong> <em>b</em> <strong>c</strong> snake_case_name <code>x &lt; y</code> <code>a`b</code></p>",
    ],
    [
      "fenced code as it is",
      "```ts\nconst a = `<b>`;\n# no heading\n```\nafter",
      '<pre tabindex="0"><code>const a = `&lt;b&gt;`;\n# no heading</code></pre><p>after</p>',
    ],
    ["code that never ends", "~~~\ncode", '<pre tabindex="0"><code>code</code></pre>'],
    ["indented code", "    a\n    b", '<pre tabindex="0"><code>a\nb</code></pre>'],
    ["lists, within each other", "- a\n- b\n  1. c\n  2. d\n\n  e\n- f", "<ul><li>a</li><li><p>b</p><ol><li>c</li><li>d</li></ol><p>e</p></li><li>f</li></ul>"],
    ["lists that begin elsewhere", "3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["quotes", "> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"],
    ["rules", "---\n* * *", "<hr /><hr />"],
    [
      "tables, with a | in code",
      "| a | b |\n| --- | :-: |\n| `x|y` | c \\| d |",
      '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' +
        "<tbody><tr><td><code>x|y</code></td><td>c | d</td></tr></tbody></table></div>",
    ],
    ["links to https", "[docs](https://x.example/a?b=1&c)", '<p><a href="https://x.example/a?b=1&amp;c" rel="nofollow noopener noreferrer">docs</a></p>'],
    [
      "bare addresses, without the end of the sentence",
      "See https://x.example/a.",
      '<p>See <a href="https://x.example/a" rel="nofollow noopener noreferrer">https://x.example/a</a>.</p>',
    ],
    ["images as what they say", "![a chart](https://x.example/a.png)", '<p><span class="image">a chart</span></p>'],
    ["comments as nothing", "<!-- config -->\ntext\n<!-- /config -->", "<p>text</p>"],
    ["HTML as text", '<img src=x onerror="alert(1)">', "<p>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</p>"],
    ["emoji whole", "a 👩‍💻 ❤️", "<p>a 👩‍💻 ❤️</p>"],
  ])("%s", ([, source, markup]) => {
    expect(withoutLayout(markdown(source).markup)).toBe(markup);
  });
});

describe("a README cannot", () => {
  test.for<readonly [what: string, source: string]>([
    ["run a script", "<script>alert(1)</script>"],
    ["run a script out of code", "```\n</code></pre><script>alert(1)</script>\n```"],
    [
      "link to a script",
      "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) <javascript:alert(1)> [c](\u0001javascript:alert(1)) [d](java\nscript:alert(1))",
    ],
    [
      "link to data, to files, to http, to an address with a password",
      "[a](data:text/html,x) [b](file:///etc/passwd) [c](http://x.example) [d](https://a:b@x.example) [e](//x.example) [f](vbscript:x)",
    ],
    ["break out of an attribute", '[a](https://x.example/"onmouseover="alert(1)) https://x.example/"onclick=1'],
    ["break out of an attribute with entities", "[a](https://x.example/&quot;onclick=1) &lt;script&gt;"],
    ["hide a tag in a link's words", "[<b onclick=1>](https://x.example) [![<i>](x)](https://x.example)"],
    ["hide a tag in a table", "|<b>|\n|---|\n|</td><script>|"],
    ["embed a page", '<iframe src="https://x.example"></iframe><object data=x><form action=x><base href="https://x.example">'],
    ["style the page", "<style>*{display:none}</style><p style='position:fixed'>"],
  ])("%s", ([, source]) => {
    const { markup } = markdown(source);
    expect([trespasses(markup), isBalanced(markup)]).toEqual([[], true]);
  });

  test("turn its text around, or send a terminal something", () => {
    expect(textOf(markdown("a\u202eb \u001b[2J \u200bc \u{e0041} \ud800").markup)).toBe("a\\u{202e}b \\u{1b}[2J \\u{200b}c \\u{e0041} \ufffd");
  });

  test("claim another address than it leads to", () => {
    expect(textOf(markdown("[claw.example](https://evil.example/x) [docs](https://evil.example)").markup)).toBe("claw.example (evil.example) docs");
    // An address that is only a piece of the words is not told by them.
    expect(textOf(markdown("[microsoft.com](https://t.co/x) [t.co/x](https://t.co/x)").markup)).toBe("microsoft.com (t.co) t.co/x");
  });

  test("take long, whatever it repeats", () => {
    const pieces = [
      "[",
      "![",
      "](",
      "[a](",
      "`",
      "``a`",
      "*",
      "**a",
      "_a_",
      "> ",
      "- ",
      "  - ",
      "|",
      "|-",
      "<",
      "<https://",
      "https://",
      "\\",
      "#",
      "# ",
      "~~~\n",
      "1. a\n\n",
      "a|b\n-|-\n",
      " ",
      "\n",
      "\t",
      "<!--",
      "[a]: ",
      "*_",
    ];
    const slow = pieces.filter((piece) => {
      const began = performance.now();
      markdown(piece.repeat(Math.ceil((128 * 1024) / piece.length)));
      return performance.now() - began > 1000;
    });
    expect(slow).toEqual([]);
  });

  test("be anything but what the site writes, whatever is in it", () => {
    const fragment = fc.constantFrom(
      ..."#*_`[]()<>!|-\\~ \n\t\"'&;:/=".split(""),
      "https://x.example",
      "javascript:",
      "<script>",
      "</p>",
      "- ",
      "> ",
      "1. ",
      "```\n",
      "a",
      "|-|",
      "\u202e",
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
        const { markup } = markdown(parts.join(""));
        expect([trespasses(markup), isBalanced(markup)]).toEqual([[], true]);
      }),
      { numRuns: 3000 },
    );
  });
});

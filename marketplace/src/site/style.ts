/** The site's one style sheet: the system's own fonts, the reader's own colours, one column where there is no room for two. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #fdfdfb; --raised: #f4f4ef; --line: #d8d8d0; --ink: #1c1e21; --soft: #575c63; --accent: #0b5c8a; --good: #1d6b3f; --bad: #a3261d; --warn: #7a4b00; --bad-ground: #fbeceb; --warn-ground: #fbf3e2;
  --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #15171a; --raised: #1e2125; --line: #373b41; --ink: #e7e7e3; --soft: #a6abb3; --accent: #7cc0ee; --good: #7fcf9d; --bad: #ff9a8f; --warn: #efc06a; --bad-ground: #33201f; --warn-ground: #2f2718; }
}
* { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 66rem; padding: 0 1.25rem 3rem; background: var(--ground); color: var(--ink); font: 1rem/1.6 var(--sans); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, pre, .version { font-family: var(--mono); font-size: 0.9em; }
code { background: var(--raised); border-radius: 4px; padding: 0.1em 0.25em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; margin: 0.75rem 0 1rem; overflow-x: auto; overflow-wrap: normal; padding: 0.8rem 1rem; }
pre code { background: none; padding: 0; font-size: 1em; }
.command { border-left: 4px solid var(--accent); white-space: pre-wrap; overflow-wrap: anywhere; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 2rem 0 0.6rem; text-wrap: balance; }
h1 { font-size: 2rem; letter-spacing: -0.015em; margin: 0; }
h2 { font-size: 1.3rem; }
h3 { font-size: 1.15rem; }
h4, h5, h6 { font-size: 1rem; }
p, ul, ol, dl, blockquote { margin: 0 0 1rem; }
li { margin: 0.2rem 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
blockquote { border-left: 3px solid var(--line); color: var(--soft); padding-left: 1rem; }
.skip { background: var(--ground); left: 0.5rem; padding: 0.5rem 1rem; position: absolute; top: -10rem; z-index: 1; }
.skip:focus { top: 0.5rem; }
.top { align-items: baseline; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; justify-content: space-between; padding: 1rem 0 0.8rem; }
.top a { text-decoration: none; }
.top a:hover { text-decoration: underline; }
.home { color: var(--ink); font-weight: 650; }
.mark { color: var(--accent); }
.top nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
.top [aria-current] { color: var(--ink); font-weight: 600; }
.title { padding: 2.25rem 0 0.5rem; }
.display { color: var(--soft); font-size: 1.1rem; margin: 0.25rem 0 0; }
.lead { font-size: 1.15rem; margin: 0.75rem 0 0; max-width: 44rem; text-wrap: pretty; }
.quiet, footer, dt { color: var(--soft); }
.quiet, footer { font-size: 0.9rem; }
.notices { margin-top: 1.25rem; }
.notice { background: var(--warn-ground); border-left: 4px solid var(--warn); border-radius: 4px; margin: 0 0 0.75rem; padding: 0.7rem 1rem; }
.notice.bad { background: var(--bad-ground); border-color: var(--bad); }
.badge { border: 1px solid currentColor; border-radius: 999px; color: var(--warn); display: inline-block; font: 600 0.75rem/1.5 var(--sans); padding: 0 0.55em; vertical-align: 0.1em; }
.badge.good { color: var(--good); }
.badge.bad { color: var(--bad); }
.search { background: var(--raised); border: 1px solid var(--line); border-radius: 10px; margin: 1.5rem 0 1rem; padding: 0.9rem 1rem 1rem; }
.search label { display: block; font-weight: 600; margin-bottom: 0.35rem; }
.search p { margin: 0.75rem 0 0; }
.field { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.field input { flex: 1 1 12rem; min-width: 0; }
.field input, .field button { background: var(--ground); border: 1px solid var(--soft); border-radius: 6px; color: var(--ink); font: inherit; padding: 0.5rem 0.75rem; }
.field button { background: var(--accent); border-color: var(--accent); color: var(--ground); cursor: pointer; font-weight: 600; }
#count { color: var(--soft); margin: 0; }
.list { list-style: none; margin: 0.5rem 0 0; padding: 0; }
.list > li { border-top: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 6.5rem; margin: 0; padding: 0.9rem 0; }
.list h2 { display: inline; font-size: 1.08rem; margin: 0; }
.list p { margin: 0.2rem 0 0; }
[hidden] { display: none !important; }
.columns { display: grid; gap: 0 3rem; grid-template-columns: minmax(0, 1fr); }
.columns section > h2 { margin-top: 1.75rem; }
aside { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: 1rem; }
.asks { list-style: "–  "; padding-left: 1.25rem; }
.facts > div { display: grid; gap: 0 1rem; grid-template-columns: minmax(0, 7rem) minmax(0, 1fr); padding: 0.3rem 0; }
.facts dt { font-size: 0.9rem; padding-top: 0.1rem; }
.facts dd, .provides dd { margin: 0; }
.provides > div, .scopes > div { border-top: 1px solid var(--line); padding: 0.5rem 0; }
.scopes dd { margin: 0.2rem 0 0; }
.scopes dd p { margin: 0; }
.readme { border-top: 1px solid var(--line); margin-top: 2rem; }
.readme img { display: none; }
.image { border: 1px dashed var(--line); border-radius: 4px; color: var(--soft); font-size: 0.9em; padding: 0 0.35em; }
.image:empty { display: none; }
.scroll { margin: 0 0 1rem; overflow-x: auto; overflow-wrap: normal; }
table { border-collapse: collapse; font-size: 0.93rem; min-width: 100%; width: max-content; }
th, td { border-bottom: 1px solid var(--line); padding: 0.4rem 0.9rem 0.4rem 0; text-align: start; vertical-align: top; }
td { max-width: 22rem; }
.versions { list-style: none; padding: 0; }
.versions > li { border-top: 1px solid var(--line); margin: 0; }
.versions > li:last-child { border-bottom: 1px solid var(--line); }
.versions summary { cursor: pointer; padding: 0.6rem 0.25rem; }
.versions summary > * { margin-right: 0.6rem; }
.versions .version { font-weight: 650; }
.versions .facts { padding: 0 0.25rem 0.5rem 1.1rem; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
footer p { margin: 0 0 0.4rem; max-width: 46rem; }
@media (min-width: 56rem) {
  .columns { grid-template: "about aside" auto "more aside" 1fr / minmax(0, 1fr) 19rem; }
  .about { grid-area: about; }
  .more { grid-area: more; }
  aside { align-self: start; grid-area: aside; border-left: 1px solid var(--line); border-top: 0; margin-top: 1.75rem; padding: 0 0 0 1.5rem; }
  aside .facts > div { grid-template-columns: minmax(0, 6rem) minmax(0, 1fr); }
}
@media (max-width: 30rem) {
  body { padding: 0 0.9rem 2rem; }
  h1 { font-size: 1.6rem; }
  .facts > div { grid-template-columns: minmax(0, 1fr); }
}
@media (forced-colors: active) { .notice, .command { border-left-color: CanvasText; } }
@media print { .top nav, .search, .skip { display: none; } .list > li { content-visibility: visible; } }
`;

/** The mark of the site, so that a browser asks for no other. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5c8a"/><path d="M5 3.5 10 8l-5 4.5" fill="none" stroke="#fff" stroke-width="2"/></svg>
`;

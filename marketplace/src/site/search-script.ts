import { assets } from "./page.ts";

/**
 * The site's one script: hides the rows that do not have all the words typed. It reads the words of the extensions from a file beside it, or, where pages of a
 * folder may not read files, from the rows themselves.
 */
export const searchScript = `"use strict";
(() => {
  const form = document.querySelector("form[role=search]");
  const field = document.getElementById("q");
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const rows = Array.from(document.querySelectorAll("#extensions > li"));
  if (!form || !field || !count || !none) return;
  const inFolder = location.protocol === "file:";
  let texts = rows.map((row) => row.textContent.toLowerCase());
  let asked = false;

  const show = () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    const of = rows.length.toLocaleString("en") + (rows.length === 1 ? " extension" : " extensions");
    count.textContent = words.length === 0 ? of : shown.toLocaleString("en") + " of " + of;
    none.hidden = shown > 0 || rows.length === 0;
  };

  const know = async () => {
    if (asked || inFolder) return;
    asked = true;
    try {
      const answer = await fetch("${assets.search}");
      if (!answer.ok) return;
      const known = await answer.json();
      texts = rows.map((row, at) => (Object.hasOwn(known, row.dataset.name) ? known[row.dataset.name] + " " : "") + texts[at]);
      show();
    } catch {
      // The rows' own words are enough to go on with.
    }
  };

  const remember = () => {
    if (inFolder) return;
    const to = new URL(location.href);
    if (field.value === "") to.searchParams.delete("q");
    else to.searchParams.set("q", field.value);
    history.replaceState(null, "", to);
  };

  field.addEventListener("focus", know);
  field.addEventListener("input", () => {
    show();
    know();
  });
  field.addEventListener("change", remember);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    remember();
  });
  const q = new URL(location.href).searchParams.get("q");
  if (q) {
    field.value = q;
    show();
    know();
  }
})();
`;

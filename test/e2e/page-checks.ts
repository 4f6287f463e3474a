/** Run in a page, whose types are not those of this program: elements that stick out of it sideways, unless something around them scrolls. */
export const overflowing = `(() => {
  const width = document.documentElement.clientWidth;
  const out = Array.from(document.querySelectorAll("body *")).filter((element) => {
    const { right, left, width: own } = element.getBoundingClientRect();
    return own > 0 && (right > width + 1 || left < -1) && element.closest("pre, .scroll, .skip") === null;
  });
  const whole = document.documentElement.scrollWidth > width ? ["the page scrolls sideways"] : [];
  return [...whole, ...out.map((element) => element.tagName + " " + element.textContent.slice(0, 40))];
})()`;

/** Run in a page: text whose contrast with what is behind it is below 4.5, the least that WCAG's AA allows. */
export const paleText = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (channels(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
    if (!hasText || element.closest("noscript, [hidden]") !== null) continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) pale.push(contrast.toFixed(2) + " " + element.tagName + " " + element.textContent.slice(0, 30));
  }
  return pale;
})()`;

/** Run in a page: what has the focus, by its words or its id. */
export const focused = `document.activeElement.textContent.trim() || document.activeElement.id`;

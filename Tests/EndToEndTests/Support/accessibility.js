// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a page for those who see little, use no mouse or have it read to them, as far as a script can tell. Its
// value is a list of sentences; empty is good. WCAG 2.2, level AA.
(() => {
  const problems = [];
  const describe = (node) => `<${node.tagName.toLowerCase()} ${node.id ? `id=${node.id}` : `class="${node.getAttribute("class") ?? ""}"`}> `
    + `"${(node.textContent ?? "").trim().slice(0, 40)}"`;
  const isClipped = (node) => {
    for (let at = node; at !== null; at = at.parentElement) {
      if (getComputedStyle(at).clipPath !== "none") return true;
    }
    return false;
  };
  const isSeen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && node.getClientRects().length > 0 && !isClipped(node) && !node.closest(".symbols, .skip:not(:focus)");

  // 1.4.3: the contrast of text.
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (front, back) => ({
    r: front.r * front.a + back.r * (1 - front.a), g: front.g * front.a + back.g * (1 - front.a),
    b: front.b * front.a + back.b * (1 - front.a), a: 1,
  });
  const backOf = (node) => {
    const layers = [];
    for (let at = node; at !== null; at = at.parentElement) {
      const layer = parse(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer.a === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const checked = new Set();
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === "" || checked.has(node) || !isSeen(node)) continue;
    checked.add(node);
    const style = getComputedStyle(node);
    const back = backOf(node);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(over(parse(style.color), back), back);
    if (ratio < (isLarge ? 3 : 4.5)) problems.push(`${describe(node)} has a contrast of ${ratio.toFixed(2)}`);
  }

  // 1.4.11: the edges of what can be pressed or filled.
  for (const node of document.querySelectorAll("button:not(.quiet), input")) {
    if (!isSeen(node)) continue;
    const style = getComputedStyle(node);
    const around = backOf(node.parentElement);
    const edge = Math.max(contrast(parse(style.borderTopColor), around), contrast(backOf(node), around));
    if (edge < 3) problems.push(`the edge of ${describe(node)} has a contrast of ${edge.toFixed(2)}`);
  }

  // 2.5.8: what can be pressed is large enough to hit.
  for (const node of document.querySelectorAll("button, input")) {
    if (!isSeen(node)) continue;
    const { width, height } = node.getBoundingClientRect();
    if (width < 24 || height < 24) problems.push(`${describe(node)} is only ${width.toFixed(0)} by ${height.toFixed(0)}`);
  }

  // 1.4.10: nothing has to be scrolled sideways.
  const { scrollWidth } = document.scrollingElement;
  if (scrollWidth > innerWidth) problems.push(`the page is ${scrollWidth} wide, the window ${innerWidth}`);
  for (const node of document.querySelectorAll("main *, header *, dialog[open] *")) {
    if (!isSeen(node) || node.closest("svg")) continue;
    const { left, right } = node.getBoundingClientRect();
    if (right > innerWidth + 1 || left < -1) problems.push(`${describe(node)} reaches from ${left.toFixed(0)} to ${right.toFixed(0)}`);
  }

  // 1.3.1, 2.4.1, 2.4.3, 3.1.1: structure and order.
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((node) => node.checkVisibility()).map((node) => Number(node.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) problems.push("there is not one h1");
  levels.forEach((level, index) => {
    if (index > 0 && level > levels[index - 1] + 1) problems.push(`h${level} comes behind h${levels[index - 1]}`);
  });
  for (const name of ["header", "main", "footer"]) {
    if (document.querySelectorAll(`body > ${name}`).length !== 1) problems.push(`there is not one ${name}`);
  }
  if (document.documentElement.lang === "") problems.push("the page has no language");
  if (document.querySelector("[tabindex]:not([tabindex='0'], [tabindex='-1'])")) problems.push("a tabindex changes the order");
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids)) {
    if (ids.filter((other) => other === id).length > 1) problems.push(`the id ${id} is there twice`);
  }
  for (const node of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const name of ["aria-labelledby", "aria-describedby"]) {
      const id = node.getAttribute(name);
      if (id !== null && document.getElementById(id) === null) problems.push(`${describe(node)} points at ${id}, which is not there`);
    }
  }
  return problems;
})()

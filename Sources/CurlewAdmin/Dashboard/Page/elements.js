"use strict";
// The page's elements: made here, filled with text only, and touched only where something is different.

const byId = (id) => document.getElementById(id);

/** An element with attributes (those that are undefined are left out) and children, which are elements or texts. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const svgSpace = "http://www.w3.org/2000/svg";

function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** One of the symbols of the page; a word stands beside each. */
function icon(name) {
  return drawing("svg", { class: "icon", "aria-hidden": "true" }, drawing("use", { href: `#icon-${name}` }));
}

/** A name that others have given, such as a URL, which may be as long as they like. */
const named = (text) => element("span", { class: "url", title: text === brief(text) ? undefined : text }, brief(text));

/** Says `text` in an element that holds nothing else. */
function setText(node, text) {
  const child = node.firstChild;
  if (child === null) {
    if (text !== "") node.append(text);
  } else if (child.data !== text) {
    child.data = text;
  }
}

/** Sets an attribute, or takes it away where `value` is null. */
function setAttribute(node, name, value) {
  if (value === null) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

function setHidden(node, isHidden) {
  if (node.hidden !== isHidden) node.hidden = isHidden;
}

/**
 * Has `parent` hold a child for each of `items`, in their order. A child stays the same as long as its key is there, and where it
 * is as long as its neighbours allow: so focus and reading position stay.
 *
 * `known` maps keys to what `make(item)` returned, of which `.node` is the child.
 */
function arrange(parent, known, items, keyOf, make) {
  const wanted = new Set();
  for (const item of items) wanted.add(keyOf(item));
  for (const [key, view] of known) {
    if (!wanted.has(key)) {
      view.node.remove();
      known.delete(key);
    }
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let view = known.get(key);
    if (view === undefined) {
      view = make(item);
      known.set(key, view);
    }
    if (view.node === place) place = place.nextElementSibling;
    else parent.insertBefore(view.node, place);
  }
}

// Elements out of values. Whatever the server says becomes text or the value of
// an attribute here, and never HTML.

const svgNames = new Set(['svg', 'rect', 'path', 'title']);

// el makes an element. Of the properties, class, data, on (listeners) and style
// are what they say, true and false are attributes without values, and null is
// none. Children are nodes or texts; null and false are left out.
export function el(name, properties = {}, ...children) {
  const e = svgNames.has(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(properties)) set(e, key, value);
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

function set(e, key, value) {
  switch (true) {
    case value === null || value === undefined || value === false: return;
    case key === 'class': e.setAttribute('class', value); return;
    case key === 'data': Object.assign(e.dataset, value); return;
    case key === 'style': for (const [name, v] of Object.entries(value)) e.style.setProperty(name, v); return;
    case key === 'on': for (const [name, f] of Object.entries(value)) e.addEventListener(name, f); return;
    default: e.setAttribute(key, value === true ? '' : String(value));
  }
}

export const byId = (id) => document.getElementById(id);

// setText changes a text only if it is another one, so that nothing is laid out
// or read out in vain.
export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// fill brings the children of a parent in line with a list of items: what make
// made for the key of an item is kept, with the focus that is in it, and update
// brings it up to date.
export function fill(parent, items, key, make, update) {
  const old = parent.made ?? new Map(), made = new Map();
  let at = parent.firstChild;
  for (const item of items) {
    const k = key(item);
    const e = old.get(k) ?? make(item);
    update?.(e, item);
    made.set(k, e);
    if (e === at) at = at.nextSibling;
    else parent.insertBefore(e, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
  parent.made = made;
}

// announce has screen readers say something, once.
export function announce(text) {
  setText(byId('said'), text);
}

const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

// shownTime gives a time of today, or the day with the time.
export function shownTime(ms) {
  const t = new Date(ms);
  const today = t.toDateString() === new Date().toDateString();
  return today ? clock.format(t) : `${day.format(t)} ${clock.format(t)}`;
}

export function time(ms) {
  const iso = new Date(ms).toISOString();
  return el('time', { datetime: iso, title: iso }, shownTime(ms));
}

// machineLink leads to what is known of a machine, by whatever names it.
export function machineLink(of, text = of) {
  return el('a', { href: `#/machine/${encodeURIComponent(of)}` }, text);
}

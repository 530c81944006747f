// Pools as pictures: how much of each is in use, and where in it.

import { el, fill, setText } from './dom.js';
import { ask } from './server.js';
import { places } from './places.js';

const parts = [
  ['active', 'leased'], ['offered', 'offered'], ['released', 'resting'], ['declined', 'declined'],
  ['reserved', 'reserved'], ['excluded', 'never given'], ['free', 'free'],
];

export class PoolsView {
  constructor(app) {
    this.app = app;
    this.pools = [];
    this.note = el('p', { class: 'quiet' }, 'Asking …');
    this.list = el('div', { class: 'pools' });
    this.nodes = [el('h1', { class: 'unseen' }, 'Pools'), this.note, this.list];
    this.again();
    this.timer = setInterval(() => document.hidden || this.again(), 10_000);
  }

  leave() { clearInterval(this.timer); }

  async again() {
    try {
      this.pools = (await ask('pools')).pools;
      setText(this.note, this.pools.length ? '' : 'The configuration has no pools.');
    } catch (e) {
      setText(this.note, `The pools are not known: ${e.message}`);
    }
    this.draw();
  }

  draw() {
    fill(this.list, this.pools, (p) => `${p.plugin} ${p.ranges}`, () => el('section', { class: 'pool' }), (e, p) => this.drawPool(e, p));
  }

  // drawPool draws a pool anew if it is not as it was.
  drawPool(e, p) {
    const leases = [];
    for (const m of this.app.model.leases.values()) for (const l of m.leases.values()) if (l.pool === p.plugin) leases.push(l.prefix);
    const now = `${parts.map(([name]) => p[name])} ${leases.length}`;
    if (e.dataset.now === now) return;
    e.dataset.now = now;
    e.replaceChildren(...pool(p, [...new Set(leases)]));
  }
}

function pool(p, leases) {
  const used = `${percent(p.used)} in use`;
  return [
    el('div', { class: 'head' }, el('h2', {}, p.plugin), el('span', { class: `used${p.used >= 0.9 ? ' bad' : ''}` }, used)),
    el('p', { class: 'quiet' }, `${p.kind === 'prefix' ? `prefixes of /${p.lengths.join(', /')}` : 'addresses'} `, el('code', {}, p.ranges.join(' ')), p.links?.length ? ` on ${p.links.join(', ')}` : ''),
    bar(p), leases.length ? strip(p, leases) : '', el('ul', { class: 'legend' }, parts.map(([name, text]) => legend(name, text, p[name]))),
  ];
}

const percent = (used) => (used > 0 && used < 0.001 ? 'under 0.1 %' : `${(100 * used).toFixed(used > 0 && used < 0.1 ? 1 : 0)} %`);

// bar shows the parts of a pool. What is there at all can be seen.
function bar(p) {
  const all = parts.map(([name]) => ({ name, share: Number(p[name]) / (Number(p.size) || 1) }));
  return el('div', { class: 'bar', role: 'img', 'aria-label': `${p.plugin}: ${percent(p.used)} in use` },
    all.filter((s) => s.share > 0).map((s) => el('i', { data: { part: s.name }, style: { 'flex-grow': String(s.share), 'min-inline-size': '2px' } })));
}

// strip shows where in the ranges leases are: the darker, the more.
function strip(p, leases) {
  const columns = places(p.ranges, leases, 128);
  const most = Math.max(1, ...columns);
  return el('svg', { class: 'strip-map', viewBox: '0 0 128 4', preserveAspectRatio: 'none', role: 'img', 'aria-label': `where ${leases.length} leases are in it` },
    columns.map((n, i) => n > 0 && el('rect', { x: i, y: 0, width: 1, height: 4, opacity: 0.35 + (0.65 * n) / most })));
}

const legend = (name, text, n) => el('li', { data: { part: name }, class: Number(n) ? '' : 'none' }, el('i', {}), el('span', {}, text), el('b', { title: BigInt(n).toLocaleString() }, amount(n)));

// amount gives a number as people read it: a power of two as such where it is long.
export function amount(n) {
  const big = BigInt(n);
  if (big < 10_000_000n) return big.toLocaleString();
  const bits = big.toString(2);
  if (/^10*$/.test(bits)) return `2${raised(bits.length - 1)}`;
  const digits = big.toString();
  const near = Math.round(Math.log2(Number(big)) * 10) / 10;
  if (Number.isInteger(near) && digits.length > 12) return `≈ 2${raised(near)}`;
  return `${digits[0]}.${digits[1]} × 10${raised(digits.length - 1)}`;
}

const raised = (n) => [...String(n)].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('');

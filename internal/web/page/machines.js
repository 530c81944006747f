// All machines, by where they are in their boot.

import { announce, el, fill, machineLink, setText, shownTime } from './dom.js';
import { describe, groupOf, groups, isTrouble, shown, stages, wordsOf } from './model.js';

const perPage = 100;

export class MachinesView {
  constructor(app) {
    this.app = app;
    this.page = 0;
    this.only = '';
    this.trouble = el('ul', { class: 'recent', 'aria-label': 'Recent trouble' });
    this.strip = el('div', { class: 'strip', role: 'group', 'aria-label': 'Machines by stage' });
    this.body = el('div', { class: 'rows', role: 'list', 'aria-label': 'Machines' });
    this.empty = el('div', { class: 'empty' });
    this.range = el('span', {});
    this.before = el('button', { type: 'button', on: { click: () => this.turn(-1) } }, 'Previous');
    this.after = el('button', { type: 'button', on: { click: () => this.turn(1) } }, 'Next');
    this.pages = el('div', { class: 'pages' }, this.before, this.range, this.after);
    this.nodes = [el('h1', { class: 'unseen' }, 'Machines by stage'), this.trouble, this.strip, this.body, this.empty, this.pages];
  }

  turn(by) {
    this.page += by;
    this.draw();
    scrollTo(0, 0);
  }

  // openOnly opens the machine that was found, or asks the server about a text that
  // finds none.
  openOnly(text) {
    const first = this.body.querySelector('a.row');
    if (this.found === 1 || this.found === 0) location.hash = first ? first.hash : `#/machine/${encodeURIComponent(text)}`;
    else first.focus();
  }

  draw() {
    const all = [...this.app.model.machines.values()].filter((m) => m.host || m.heard || m.leases.size);
    const words = this.app.query.split(/\s+/).filter(Boolean);
    const matching = words.length ? all.filter((m) => words.every((w) => wordsOf(m).includes(w))) : all;
    const byGroup = Map.groupBy(matching, groupOf);
    this.drawTrouble();
    this.drawStrip(byGroup, matching.length);
    this.drawRows(groups.filter((g) => !this.only || g.id === this.only).flatMap((g) => inOrder(byGroup.get(g.id) ?? [], g.id)));
    this.drawEmpty(all.length);
    if (this.said !== this.app.query) {
      this.said = this.app.query;
      if (this.said) announce(`${this.found} machines found`);
    }
  }

  drawTrouble() {
    const now = this.app.model.troubles().map((t) => ({ key: `${t.where} ${t.text}`, who: t.where, text: t.text }));
    const lately = [];
    for (let i = this.app.model.events.length - 1; i >= 0 && lately.length < 3; i--) {
      const e = this.app.model.events[i];
      if (isTrouble(e)) lately.push({ key: String(e.seq), e });
    }
    fill(this.trouble, [...now.slice(0, 3), ...lately].slice(0, 4), (t) => t.key, troubleLine);
  }

  drawStrip(byGroup, total) {
    const shares = [{ id: '', name: 'All' }, ...groups].map((g) => ({ ...g, n: g.id ? (byGroup.get(g.id)?.length ?? 0) : total }));
    fill(this.strip, shares, (g) => g.id, (g) => this.chip(g), (e, g) => {
      setText(e.querySelector('b'), g.n.toLocaleString());
      e.setAttribute('aria-pressed', String(this.only === g.id));
      e.querySelector('i').style.setProperty('inline-size', total ? `${(100 * g.n) / total}%` : '0');
      e.classList.toggle('none', g.n === 0);
    });
  }

  chip(g) {
    const press = () => { this.only = this.only === g.id ? '' : g.id; this.page = 0; this.draw(); };
    return el('button', { type: 'button', data: { group: g.id }, on: { click: press } }, el('b', {}), el('span', {}, g.name), el('i', {}));
  }

  drawRows(machines) {
    this.found = machines.length;
    const last = Math.max(0, Math.ceil(machines.length / perPage) - 1);
    this.page = Math.min(Math.max(this.page, 0), last);
    const from = this.page * perPage;
    const shownOnes = machines.slice(from, from + perPage);
    fill(this.body, withHeadings(shownOnes), (r) => r.key, (r) => (r.heading ? heading(r) : row(r)), (e, r) => { if (!r.heading) update(e, r); });
    this.pages.hidden = last === 0;
    this.before.disabled = this.page === 0;
    this.after.disabled = this.page === last;
    setText(this.range, `${from + 1}–${from + shownOnes.length} of ${machines.length.toLocaleString()}`);
  }

  drawEmpty(total) {
    this.empty.hidden = this.found > 0;
    if (this.found > 0) return;
    const { query } = this.app;
    if (query) this.empty.replaceChildren('No machine is known by this. ', machineLink(query, 'Ask the server about it'), '.');
    else if (total === 0) this.empty.replaceChildren('No machine is known, and none was heard of yet. It appears here as soon as it asks for an address.');
    else this.empty.replaceChildren('No machine is here now.');
  }
}

// inOrder sorts the machines of a group: those that boot by when they were heard
// of last, the newest first, others by name.
function inOrder(machines, group) {
  const byTime = group === 'unknown' || group === 'firmware' || group === 'loader' || group === 'installer';
  const by = byTime ? (a, b) => b.heard - a.heard : (a, b) => (a.name < b.name ? -1 : 1);
  return machines.sort((a, b) => (b.refused ? 1 : 0) - (a.refused ? 1 : 0) || by(a, b));
}

function withHeadings(machines) {
  const out = [];
  let was = '';
  for (const m of machines) {
    const id = groupOf(m);
    if (id !== was) out.push({ key: `heading ${id}`, heading: groups.find((g) => g.id === id).name });
    was = id;
    out.push(m);
  }
  return out;
}

const heading = (r) => el('h2', {}, r.heading);

// row is one machine: its track, name, addresses, and what happened last.
function row(m) {
  return el('div', { role: 'listitem' }, el('a', { class: 'row', href: `#/machine/${encodeURIComponent(m.of)}` },
    el('span', { class: 'track', role: 'img' }, stages.map(() => el('i', {}))),
    el('span', { class: 'name' }, m.of), el('span', { class: 'state' }),
    el('span', { class: 'addresses' }), el('span', { class: 'last' }), el('span', { class: 'when' })));
}

function update(e, m) {
  const [track, , state, addresses, last, when] = e.firstChild.children;
  const at = stages.indexOf(m.stage);
  if (track.dataset.at !== String(at)) {
    track.dataset.at = at;
    [...track.children].forEach((i, n) => i.classList.toggle('on', n <= at));
    track.setAttribute('aria-label', m.stage || 'no stage');
  }
  e.firstChild.classList.toggle('refused', m.refused !== null);
  e.dataset.stage = m.stage;
  setText(state, m.host ? m.host.state : m.name ? 'deleted' : 'unknown');
  state.dataset.state = state.textContent;
  setText(addresses, few([...m.leases.keys()].map(shown)));
  const shownEvent = m.refused ?? m.last;
  setText(last, shownEvent ? `${shownEvent.kind} ${describe(shownEvent)}` : '');
  setText(when, m.heard ? shownTime(m.heard) : '');
}

const few = (texts) => texts.slice(0, 4).join(' ') + (texts.length > 4 ? ` and ${texts.length - 4} more` : '');

function troubleLine({ e, who, text }) {
  if (!e) return el('li', { class: 'bad' }, el('span', { class: 'kind' }, who), el('span', {}, text));
  const name = e.host || e.mac || e.duid;
  return el('li', { class: 'refused' }, el('span', { class: 'when' }, shownTime(e.ms)), el('span', { class: 'kind' }, e.kind),
    el('span', {}, name && machineLink(name), ' ', describe(e)));
}

// One machine: what is known of it, what it has, and what became of its messages.

import { el, fill, setText, time } from './dom.js';
import { describe, isTrouble, shown } from './model.js';
import { ask } from './server.js';
import { exchange } from './exchange.js';

export class MachineView {
  constructor(app, of) {
    Object.assign(this, { app, of, explained: null, seen: 0 });
    this.title = el('h1', {}, of);
    this.state = el('span', { class: 'state' });
    this.actions = el('div', { class: 'actions' });
    this.hints = el('ul', { class: 'hints', 'aria-label': 'Causes' });
    this.facts = el('dl', { class: 'facts' });
    this.leases = el('div', {});
    this.timeline = el('ol', { class: 'timeline' });
    this.note = el('p', { class: 'quiet' }, 'Asking what became of its messages …');
    this.nodes = [
      el('p', { class: 'back' }, el('a', { href: '#/' }, '← Machines')),
      el('div', { class: 'title' }, this.title, this.state, this.actions), this.hints, this.facts,
      el('h2', {}, 'Leases'), this.leases, el('h2', {}, 'Timeline'), this.note, this.timeline,
    ];
    this.again();
  }

  leave() { this.left = true; }

  // again asks the server to explain, at most once at a time.
  async again() {
    if (this.asking) return;
    this.asking = true;
    try {
      this.explained = await ask('explain', { of: this.of, last: 50 });
      setText(this.note, this.explained.exchanges.length ? '' : 'The server remembers no message of this machine.');
    } catch (e) {
      setText(this.note, `What became of its messages is not known: ${e.message}`);
    }
    this.asking = false;
    if (!this.left) this.draw();
  }

  // machine finds the machine, by whatever it was named.
  get machine() {
    const { machines } = this.app.model;
    return machines.get(`host ${this.of}`) ?? (this.explained?.host && machines.get(`host ${this.explained.host}`)) ??
      machines.get(`mac ${this.of}`) ?? machines.get(`duid ${this.of}`) ?? null;
  }

  draw() {
    const m = this.machine;
    setText(this.title, m?.of ?? this.of);
    document.title = `${m?.of ?? this.of} · stage6`;
    setText(this.state, m?.host?.state ?? (m?.name ? 'deleted' : 'unknown'));
    this.state.dataset.state = this.state.textContent;
    this.drawActions(m);
    fill(this.hints, this.causes(), (h) => `${h.cause} ${h.text}`, hint);
    this.drawFacts(m);
    this.drawLeases(m);
    this.drawTimeline(m);
  }

  // causes gives the hints about the machine and its newest exchange, each once.
  causes() {
    const newest = this.explained?.exchanges.at(-1)?.hints ?? [];
    const all = [...(this.explained?.hints ?? []), ...newest];
    return all.filter((h, i) => all.findIndex((o) => o.cause === h.cause && o.text === h.text) === i);
  }

  drawActions(m) {
    const can = this.app.account.writes && m?.host ? verbs.filter((v) => v.state !== m.host.state) : [];
    fill(this.actions, can, (v) => v.verb, (v) => el('button', { type: 'button', on: { click: () => this.set(m.name, v) } }, v.verb));
  }

  set(name, { verb, state, what }) {
    this.app.account.confirm(`${verb} ${name}?`, what, verb,
      () => this.app.change(`hosts/${encodeURIComponent(name)}/${state}`, 'POST', `${name} is ${state}`));
  }

  drawFacts(m) {
    const facts = factsOf(m, this.explained?.exchanges.at(-1));
    fill(this.facts, facts, ([name, value]) => `${name} ${value}`, ([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  }

  drawLeases(m) {
    const leases = [...(m?.leases.values() ?? [])];
    fill(this.leases, leases.length ? leases : [null], (l) => (l ? `${l.prefix} ${l.until} ${this.app.account.writes}` : 'none'), (l) => this.lease(l));
  }

  lease(l) {
    if (!l) return el('p', { class: 'quiet' }, 'None at the moment.');
    const end = this.app.account.writes && el('button', { type: 'button', on: { click: () => this.release(l) } }, 'Release');
    return el('div', { class: 'lease' }, el('code', {}, shown(l.prefix)),
      el('span', { class: 'quiet' }, [l.stage, l.pool && `by ${l.pool}`, l.link && `on ${l.link}`].filter(Boolean).join(' ')),
      el('span', { class: 'quiet' }, l.until ? ['until ', time(Date.parse(l.until))] : ''), end || null);
  }

  release(l) {
    this.app.account.confirm(`Release ${shown(l.prefix)}?`, 'The server forgets the lease, and may give the address to another machine. This one is told so when it renews.',
      'Release', () => this.app.change(`leases/${l.prefix}`, 'DELETE', `${shown(l.prefix)} is released`));
  }

  drawTimeline(m) {
    const events = this.app.model.events.filter((e) => e.host ? e.host === m?.name : (m && (e.mac ? e.mac === m.mac : e.duid && e.duid === m.duid)));
    const newest = events.at(-1)?.seq ?? 0;
    if (newest > this.seen && this.seen > 0) this.again();
    this.seen = Math.max(newest, this.seen);
    const items = events.slice(-200).map((e) => ({ key: `event ${e.seq}`, ms: e.ms, e }));
    for (const x of this.explained?.exchanges ?? []) items.push({ key: `exchange ${x.seq}`, ms: Date.parse(x.time), x });
    items.sort((a, b) => b.ms - a.ms);
    fill(this.timeline, items, (i) => i.key, (i) => (i.x ? exchange(i.x) : happened(i.e)));
  }
}

const verbs = [
  { verb: 'Deploy', state: 'deploy', what: 'The next time that it boots from the network it is installed anew, and what is on its disks may be lost.' },
  { verb: 'Installed', state: 'installed', what: 'It counts as installed: it boots its system, and gets what is reserved for it.' },
  { verb: 'Lock', state: 'locked', what: 'Nobody takes its addresses over, whatever system it boots, until it is set to another state.' },
];

// factsOf gives what is known of a machine as names and texts.
function factsOf(m, x) {
  const h = m?.host, out = [];
  const add = (name, values) => { const text = [values].flat().filter(Boolean).join(' '); if (text) out.push([name, text]); };
  add('Stage', m?.stage);
  add('MAC', h ? h.interfaces.flatMap((i) => i.macs ?? []) : m?.mac ?? x?.client.mac);
  add('DUID', h?.pinned ? `${h.pinned} (pinned)` : m?.duid ?? x?.client.duid);
  add('UUID', h?.uuids);
  add('Reserved', h?.interfaces.flatMap((i) => [...(i.addresses ?? []), ...(i.prefixes ?? [])]));
  add('Ports', h?.interfaces.flatMap((i) => i.ports ?? []));
  add('Link', m?.link || x?.link.name);
  add('Tags', h?.tags);
  add('Client', x && [x.client.program, ...(x.client.archs ?? [])]);
  add('Defined in', h?.source);
  return out;
}

const hint = (h) => el('li', {}, el('b', {}, h.text), h.do ? `: ${h.do}` : '');

const happened = (e) => el('li', { class: isTrouble(e) ? 'refused' : '' }, time(e.ms), el('span', { class: 'kind' }, e.kind), el('span', {}, describe(e)));

// What is known of the machines: hosts and leases as they were asked for, and all
// that events said since.

export const stages = ['firmware', 'loader', 'installer', 'final'];

// groups are where a machine can be, in the order in which they are shown.
export const groups = [
  { id: 'firmware', name: 'Firmware' }, { id: 'loader', name: 'Boot loader' }, { id: 'installer', name: 'Installer' },
  { id: 'unknown', name: 'Unknown' }, { id: 'final', name: 'Final system' }, { id: 'silent', name: 'Not heard of' },
];

const refusals = new Set(['denied', 'declined', 'conflict', 'disagreement']);
const failures = new Set(['store-failed', 'store-slow', 'plugin', 'hosts-broken', 'config-broken', 'route-failed', 'ra-problem', 'other-server', 'flood']);

// isTrouble says whether an event is something to look at.
export const isTrouble = (e) => refusals.has(e.kind) || failures.has(e.kind);

const maxEvents = 5000;
const maxStrangers = 2000;

export class Model {
  constructor() {
    this.machines = new Map(); // by key
    this.leases = new Map(); // by prefix
    this.events = []; // the newest last
    this.last = 0; // the number of the newest event
    this.health = null;
    this.links = null;
  }

  // know replaces all hosts and leases by what the server has now.
  know(hosts, leases) {
    for (const m of this.machines.values()) {
      m.host = null;
      m.leases.clear();
    }
    this.leases.clear();
    for (const h of hosts) this.setHost(h);
    for (const l of leases) this.setLease(l);
    for (const m of [...this.machines.values()]) if (m.name && !m.host) this.machines.delete(m.key);
  }

  setHost(h) {
    const m = this.machine({ host: h.name });
    m.host = h;
    m.words = null;
    for (const i of h.interfaces ?? []) for (const mac of i.macs ?? []) this.machines.delete(`mac ${mac}`);
    if (!m.stage && h.state !== 'new') m.state = h.state;
  }

  forgetHost(name) {
    this.machines.delete(`host ${name}`);
  }

  setLease(l) {
    this.endLease(l.prefix);
    const m = this.machine(l);
    if (!m) return;
    this.leases.set(l.prefix, m);
    m.leases.set(l.prefix, l);
    m.words = null;
    if (l.stage && !m.stage) m.stage = l.stage;
    if (l.link) m.link = l.link;
    const updated = Date.parse(l.updated);
    if (updated > m.heard) m.heard = updated;
  }

  endLease(prefix) {
    const m = this.leases.get(prefix);
    this.leases.delete(prefix);
    if (!m) return;
    m.leases.delete(prefix);
    m.words = null;
  }

  // machine finds the machine that a host, lease or event is of, or begins it.
  machine({ host, mac, duid }) {
    const key = host ? `host ${host}` : mac ? `mac ${mac}` : duid ? `duid ${duid}` : '';
    if (!key) return null;
    let m = this.machines.get(key);
    if (!m) {
      m = { key, name: host ?? '', of: host || mac || duid, mac, duid, host: null, stage: '', link: '', heard: 0, leases: new Map(), last: null, refused: null, words: null };
      this.machines.set(key, m);
      if (!host && this.machines.size % 100 === 0) this.forgetStrangers();
    }
    return m;
  }

  // forgetStrangers bounds how many unknown machines are remembered: they can
  // make themselves up.
  forgetStrangers() {
    const strangers = [...this.machines.values()].filter((m) => !m.name && m.leases.size === 0);
    if (strangers.length < maxStrangers + 200) return;
    for (const m of strangers.slice(0, 200)) this.machines.delete(m.key);
  }

  // happened takes an event. What came before hosts and leases were asked for
  // changes nothing of those.
  happened(e, before) {
    if (e.seq <= this.last) return;
    this.last = e.seq;
    e.ms = Date.parse(e.time);
    this.events.push(e);
    if (this.events.length > maxEvents + 500) this.events.splice(0, 500);
    const m = this.machine(e);
    if (m) this.heard(m, e);
    if (!before && e.prefix) this.lease(e);
  }

  heard(m, e) {
    if (e.kind === 'identified' && e.mac) this.machines.delete(`mac ${e.mac}`);
    if (e.kind === 'identified' && e.duid) this.machines.delete(`duid ${e.duid}`);
    if (e.kind === 'state' && m.host) m.host.state = e.state;
    if (e.ms >= m.heard && !['expired', 'state', 'host', 'pinned'].includes(e.kind)) {
      m.heard = e.ms;
      if (e.stage && e.kind !== 'released') m.stage = e.stage;
    }
    if (e.mac) m.mac = e.mac;
    if (e.duid) m.duid = e.duid;
    if (e.link) m.link = e.link;
    if (refusals.has(e.kind)) m.refused = e;
    else if (['leased', 'moved', 'stage', 'state'].includes(e.kind)) m.refused = null;
    m.last = e;
    m.words = null;
  }

  lease(e) {
    if (e.kind === 'leased' || e.kind === 'moved') {
      this.setLease({
        prefix: e.prefix, state: 'active', host: e.host, mac: e.mac, duid: e.duid, link: e.link, stage: e.stage,
        pool: e.source, updated: e.time,
      });
    }
    if (['released', 'expired', 'declined'].includes(e.kind)) this.endLease(e.prefix);
  }

  // troubles gives what is wrong now, as {where, text, ms}, the worst first.
  troubles() {
    const out = (this.health?.problems ?? []).map((text) => ({ where: 'server', text }));
    for (const l of this.links?.links ?? []) for (const p of l.problems) out.push({ where: l.name, text: p.text, ms: Date.parse(p.since) });
    for (const s of this.links?.servers ?? []) {
      if (!s.known) out.push({ where: s.link || 'a link', text: `another DHCPv6 server answers: ${s.address ?? ''} ${s.duid}`, ms: Date.parse(s.last) });
    }
    return out;
  }
}

// groupOf says where a machine is.
export function groupOf(m) {
  if (!m.name) return 'unknown';
  if (stages.includes(m.stage)) return m.stage;
  return 'silent';
}

// wordsOf gives all by which a machine can be found, in one text.
export function wordsOf(m) {
  if (m.words === null) {
    const h = m.host;
    const has = [m.name, m.mac, m.duid, m.link, m.stage, h?.state, h?.hostname, h?.pinned, ...(h?.tags ?? []), ...(h?.uuids ?? []), ...m.leases.keys()];
    for (const i of h?.interfaces ?? []) has.push(i.name, ...(i.macs ?? []), ...(i.addresses ?? []), ...(i.prefixes ?? []), ...(i.ports ?? []), ...(i.clients ?? []).map((c) => c.duid));
    m.words = has.filter(Boolean).join(' ').toLowerCase();
  }
  return m.words;
}

// shown leaves the length of an address out.
export const shown = (prefix) => prefix.replace(/\/128$/, '');

// describe gives an event as one line, without the machine that it is of.
export function describe(e) {
  const stage = e.state || e.stage || '';
  const other = [e.other, e.other_duid && `(${e.other_duid})`].filter(Boolean).join(' ');
  const words = [
    e.prefix && shown(e.prefix),
    other && `${{ moved: 'from', denied: 'of' }[e.kind] ?? 'with'} ${other}`,
    e.was ? `${e.was} → ${stage}` : stage,
    e.link && `on ${e.link}`, e.source && `by ${e.source}`,
  ].filter(Boolean).join(' ');
  const text = e.text || e.reason || '';
  const more = [e.repeats && `(${e.repeats} times more)`, e.suppressed && `(${e.suppressed} others left out)`].filter(Boolean).join(' ');
  return [words, text].filter(Boolean).join(': ') + (more && ` ${more}`);
}

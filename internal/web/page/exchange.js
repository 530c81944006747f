// One message and what became of it, as the server explains it.

import { el, time } from './dom.js';
import { shown } from './model.js';

// exchange tells of a message in a line, with all about it below.
export function exchange(x) {
  return el('li', { class: x.drop ? 'refused' : 'message' }, time(Date.parse(x.time)), el('span', { class: 'kind' }, x.message ?? 'unreadable'),
    el('details', {}, el('summary', {}, x.summary), ...parts(x)));
}

function parts(x) {
  return [
    part('Causes', (x.hints ?? []).map((h) => [h.text, h.do])),
    part('Not answered', x.drop ? [[x.drop, x.drop_text, x.dropped_by && `by ${x.dropped_by}`]] : []),
    part('Client', client(x.client)),
    part('Way', way(x.way)),
    part('Link', [[x.link.name || 'none', (x.link.prefixes ?? []).join(' '), x.link.why]]),
    part('Identity', (x.identity ?? []).map((s) => [s.source, s.says ?? 'nothing', s.trusted ? 'trusted' : '', s.why])),
    part('Host', x.host ? [[x.host.name, x.host.state, x.host.why, x.host.trusted ? '' : 'not trusted']] : []),
    part('Stage', [[x.stage.stage, x.stage.by && `by ${x.stage.by}`, x.stage.why]]),
    part('Tags', (x.tags ?? []).map((t) => [t.tag, `by ${t.by}`])),
    part('Leases', (x.ias ?? []).flatMap(association)),
    part('Options', (x.options ?? []).map(option)),
    part('Plugins', (x.steps ?? []).map((s) => [s.name, s.did, s.when && `when ${s.when}`, ...(s.notes ?? [])])),
    part('Took', took(x.timing)),
    part('Not used', (x.skipped ?? []).map((s) => [s])),
  ].filter(Boolean);
}

// part is a heading with lines, each of a first word and what is said of it.
function part(name, lines) {
  const full = lines.map((l) => l.filter(Boolean)).filter((l) => l.length);
  if (!full.length) return null;
  return el('section', {}, el('h3', {}, name), el('ul', {}, full.map(([first, ...rest]) => el('li', {}, el('b', {}, first), rest.length ? ` ${rest.join(' · ')}` : ''))));
}

const client = (c) => [[c.program, c.mac, c.duid], ['archs', c.archs?.join(' ')], ['user classes', c.user_classes?.join(' ')],
  ['vendor classes', c.vendor_classes?.join(' ')], ['asks for', c.requests?.join(' ')], ['trying for', c.elapsed]].filter((l) => l.slice(1).some(Boolean));

const way = (w) => [[`from ${w.from}`, w.interface && `on ${w.interface}`, w.frame_mac && `frame of ${w.frame_mac}`, w.waited && 'waited'],
  ...(w.relays ?? []).map((r) => [`relay ${r.address}`, `link ${r.link_address}`, r.mac && `mac ${r.mac}`, r.interface_id && `interface ${r.interface_id}`, r.remote_id && `remote ${r.remote_id}`, r.trusted ? 'trusted' : 'not trusted'])];

function association(ia) {
  const leased = (l) => `${shown(l.prefix)}${l.valid ? ` for ${l.valid} s` : ''}`;
  return [[`${ia.type} ${ia.iaid}`, (ia.given ?? []).map(leased).join(' '), ia.status !== 'Success' && ia.status, ia.text, ia.by && `by ${ia.by}`, ia.silent && 'not named in the reply'],
    ...(ia.barred ? [['could not have', shown(ia.barred.prefix), `which ${ia.barred.host || ia.barred.duid || 'another client'} has`]] : []),
    ...(ia.pool ? [[`pool ${ia.pool.name}`, `${ia.pool.free} of ${ia.pool.size} free`]] : []),
    ...(ia.notes ?? []).map((n) => [n.by, n.text])];
}

const option = (o) => [`${o.code} ${o.name ?? ''}`, o.value, o.by && `by ${o.by}`, !o.sent && `not sent${o.why ? `: ${o.why}` : ''}`];

function took(t) {
  const line = ['identify', 'plugins', 'form', 'disk'].filter((n) => t[n]).map((n) => `${n} ${(t[n] / 1e6).toPrecision(3)} ms`);
  return line.length || t.disk_end ? [[line.join(', '), t.disk_end && `disk: ${t.disk_end}`]] : [];
}

// What is wrong now, and who was refused something lately, the newest first.

import { el, fill, machineLink, setText, time } from './dom.js';
import { describe, isTrouble } from './model.js';
import { exchange } from './exchange.js';
import { ask } from './server.js';

const most = 200;

export class TroubleView {
  constructor(app) {
    this.app = app;
    this.dropped = [];
    this.now = el('ul', { class: 'recent' });
    this.fine = el('p', { class: 'quiet' });
    this.list = el('ol', { class: 'timeline' });
    this.none = el('p', { class: 'quiet' });
    this.drops = el('ol', { class: 'timeline' });
    this.answered = el('p', { class: 'quiet' });
    this.nodes = [
      el('h1', { class: 'unseen' }, 'Trouble'), el('h2', {}, 'Now'), this.fine, this.now,
      el('h2', {}, 'Denied, declined and contested'), this.none, this.list,
      el('h2', {}, 'Messages without an answer'), this.answered, this.drops,
    ];
    app.live?.soon('look', () => app.live.look());
    this.again();
  }

  async again() {
    try {
      this.dropped = (await ask('explain', { drops: true, last: 50 })).exchanges.reverse();
      this.text = 'None that the server remembers.';
    } catch (e) {
      this.text = `They are not known: ${e.message}`;
    }
    this.draw();
  }

  draw() {
    const troubles = this.app.model.troubles();
    fill(this.now, troubles, (t) => `${t.where} ${t.text}`, (t) => el('li', { class: 'bad' },
      el('span', { class: 'kind' }, t.where), el('span', {}, t.text, t.ms ? [' since ', time(t.ms)] : '')));
    setText(this.fine, troubles.length ? '' : 'Nothing is wrong: the server answers, its store works, and the links are as they should be.');
    const events = this.app.model.events.filter(isTrouble).slice(-most).reverse();
    fill(this.list, events, (e) => e.seq, line);
    setText(this.none, events.length ? '' : 'Nobody was denied anything as far as the server remembers.');
    fill(this.drops, this.dropped, (x) => x.seq, exchange);
    setText(this.answered, this.dropped.length ? '' : this.text ?? '');
  }
}

function line(e) {
  const name = e.host || e.mac || e.duid;
  return el('li', { class: 'refused' }, time(e.ms), el('span', { class: 'kind' }, e.kind), el('span', {}, name && machineLink(name), ' ', describe(e)));
}

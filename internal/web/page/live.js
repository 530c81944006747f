// Keeping a model up to date: everything is asked for once, then events are
// followed, and again whenever the server was away.

import { all, ask, Refused, stream } from './server.js';

// patience is how long a page is followed at which nobody looks, in milliseconds.
const patience = 60_000;

// Live follows the server for a model. changed is called when there is something
// new to show, connection with what became of the connection, and a text.
export class Live {
  constructor(model, { changed, connection }) {
    Object.assign(this, { model, changed, connection });
    this.stopped = new AbortController();
    this.away = new AbortController();
    this.wake = () => {};
  }

  // looked says whether somebody looks at the page. One that nobody looks at for a
  // minute lets go of the stream: browsers have a few connections to a server for
  // all their tabs, and the server has places for a few streams.
  looked(at) {
    clearTimeout(this.leaving);
    if (at) this.wake();
    else this.leaving = setTimeout(() => this.away.abort(), patience);
  }

  // returned waits until somebody looks again.
  async returned() {
    this.connection('connecting', 'paused');
    while (document.hidden && !this.stopped.signal.aborted) await this.pause(patience);
    this.away = new AbortController();
  }

  // run goes on until stop, or until the server wants to know who asks.
  async run() {
    for (let failed = 0; !this.stopped.signal.aborted;) {
      try {
        this.connection('connecting', 'connecting');
        await this.follow(() => { failed = 0; });
        this.connection('lost', 'disconnected: the server ended the stream');
      } catch (e) {
        if (this.stopped.signal.aborted) return;
        if (this.away.signal.aborted) {
          await this.returned();
          continue;
        }
        if (e instanceof Refused && e.status === 401) {
          this.connection('unknown', e.message);
          return;
        }
        this.connection('lost', `disconnected: ${e.message || 'the connection broke'}`);
      }
      await this.pause(Math.min(1000 * 2 ** failed++, 15_000));
    }
  }

  stop() {
    this.stopped.abort();
    this.wake();
  }

  // pause waits, or until somebody looks at the page again.
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  // follow brings the model up to date, and follows events until they end.
  async follow(succeeded) {
    const { next: base } = await ask('events', { since: 'now', limit: 1 });
    const count = (n) => this.connection('connecting', `loading, ${n} so far`);
    const [hosts, leases] = [await all('hosts', 'hosts', count), await all('leases', 'leases', count)];
    this.model.know(hosts, leases);
    await this.look();
    const since = this.model.last > 0 && this.model.last <= base ? { since: this.model.last } : {};
    const opened = () => { succeeded(); this.connection('live', 'live'); this.changed(); };
    await stream(since, AbortSignal.any([this.stopped.signal, this.away.signal]), opened, (list) => this.take(list, base));
  }

  // look asks for what no event tells.
  async look() {
    const [health, links] = await Promise.all([ask('health'), ask('links').catch(() => null)]);
    this.model.health = health;
    this.model.links = links;
    this.changed();
  }

  take(list, base) {
    for (const { kind, data } of list) {
      if (kind === 'ended') throw new Refused(0, 'the server has ended');
      if (kind === 'missed') continue;
      const e = JSON.parse(data);
      const before = e.seq <= base;
      this.model.happened(e, before);
      if (!before) this.askAgain(e);
    }
    this.changed();
  }

  // askAgain asks for what an event says to be different now, without saying how.
  askAgain(e) {
    if (['host', 'pinned'].includes(e.kind) && e.host) this.askHost(e.host);
    if (['hosts-loaded', 'config-loaded'].includes(e.kind)) this.soon('everything', () => this.everything());
    if (/^(store|hosts|config|ra|other|plugin|link|route)-?/.test(e.kind)) this.soon('look', () => this.look());
  }

  async askHost(name) {
    try {
      this.model.setHost(await ask(`hosts/${encodeURIComponent(name)}`));
    } catch (e) {
      if (e.status === 404) this.model.forgetHost(name);
    }
    this.changed();
  }

  async everything() {
    this.model.know(await all('hosts', 'hosts'), await all('leases', 'leases'));
    await this.look();
  }

  // soon does something once, however often it was wanted within a second. That it
  // fails shows in the stream, too.
  soon(name, what) {
    this.waiting ??= new Set();
    if (this.waiting.has(name)) return;
    this.waiting.add(name);
    setTimeout(() => {
      this.waiting.delete(name);
      if (!this.stopped.signal.aborted) what().catch(() => {});
    }, 1000);
  }
}

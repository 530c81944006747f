// The page: what is shown where, and what the keyboard does.

import { Account } from './account.js';
import { announce, byId, setText } from './dom.js';
import { helpWithKeys, Keys } from './keys.js';
import { Live } from './live.js';
import { MachineView } from './machine.js';
import { MachinesView } from './machines.js';
import { Model } from './model.js';
import { PoolsView } from './pools.js';
import { ask } from './server.js';
import { TroubleView } from './trouble.js';

const views = { '': MachinesView, machine: MachineView, trouble: TroubleView, pools: PoolsView };
const titles = { '': 'Machines', machine: 'Machine', trouble: 'Trouble', pools: 'Pools' };

class App {
  constructor() {
    this.model = new Model();
    this.account = new Account(() => this.begin());
    this.query = '';
    this.wanted = null;
    byId('search').addEventListener('submit', (e) => { e.preventDefault(); this.searched(); });
    byId('query').addEventListener('input', () => this.search(byId('query').value));
    byId('keys').addEventListener('click', helpWithKeys);
    document.querySelector('.skip').addEventListener('click', (e) => { e.preventDefault(); byId('content').focus(); });
    addEventListener('hashchange', () => this.go(true));
    document.addEventListener('visibilitychange', () => this.live?.looked(!document.hidden));
    new Keys(this);
  }

  // begin asks who looks, and follows the server from then on.
  async begin() {
    this.live?.stop();
    this.live = new Live(this.model, { changed: () => this.changed(), connection: (is, text) => this.connection(is, text) });
    this.connection('connecting', 'connecting');
    const live = this.live;
    while (!(await this.account.look(live.stopped.signal))) {
      this.connection('lost', 'disconnected: no server answers');
      await live.pause(2000);
      if (live.stopped.signal.aborted) return;
    }
    this.go(false);
    if (this.account.known) live.run();
  }

  // go shows the view that the address names.
  go(focus) {
    const [name, rest = ''] = location.hash.replace(/^#\//, '').split('/', 2);
    const known = Object.hasOwn(views, name) ? name : '';
    this.view?.leave?.();
    document.title = `${titles[known]} · stage6`;
    for (const a of document.querySelectorAll('nav a')) {
      const current = a.dataset.view === (known || 'machines') || (known === 'machine' && a.dataset.view === 'machines');
      if (current) a.setAttribute('aria-current', known === 'machine' ? 'true' : 'page');
      else a.removeAttribute('aria-current');
    }
    if (!this.account.known) {
      byId('content').replaceChildren(this.account.invitation());
      this.view = null;
      return;
    }
    this.view = new views[known](this, decodeURIComponent(rest));
    byId('content').replaceChildren(...this.view.nodes);
    this.draw();
    if (focus && document.activeElement !== byId('query')) {
      scrollTo(0, 0);
      byId('content').focus({ preventScroll: true });
    }
  }

  // search looks for machines as somebody types.
  search(text) {
    this.query = text.trim().toLowerCase();
    if (!(this.view instanceof MachinesView)) location.hash = '#/';
    else this.changed();
  }

  // searched goes to the machine that was found, if it is one.
  searched() {
    if (this.view instanceof MachinesView && this.query) this.view.openOnly(byId('query').value.trim());
  }

  // changed draws soon, and several changes at once.
  changed() {
    this.wanted ??= setTimeout(() => { this.wanted = null; this.draw(); }, 150);
  }

  draw() {
    const troubles = this.model.troubles().length;
    byId('troubles').hidden = troubles === 0;
    setText(byId('troubles'), String(troubles));
    byId('troubles').setAttribute('aria-label', `${troubles} problems`);
    setText(byId('version'), this.model.health?.version ? `stage6 ${this.model.health.version}` : '');
    this.view?.draw();
  }

  // connection says what became of the connection, and loudly only that it is
  // lost and there again.
  connection(is, text) {
    const was = byId('connection').dataset.is;
    if (is === 'unknown') {
      this.account.forget(text);
      this.go(false);
    }
    byId('connection').dataset.is = is;
    setText(byId('connected'), is === 'lost' ? 'disconnected' : text);
    if (is === 'lost') {
      this.lost = true;
      setText(byId('banner'), `${text[0].toUpperCase()}${text.slice(1)}. What is shown is from before; trying again.`);
    } else if (is === 'live' || is === 'unknown') {
      setText(byId('banner'), '');
      if (this.lost && was !== 'live') announce('connected again');
      this.lost = false;
    }
  }

  // change asks the server to change something, and says what came of it.
  async change(path, method, done) {
    try {
      await ask(path, {}, method);
      announce(done);
    } catch (e) {
      announce(e.message);
      await this.account.tell('That was refused', e.message);
    }
    this.view?.again?.();
    this.changed();
  }
}

new App().begin();

// What keys do, and the help about it.

import { byId, el } from './dom.js';

const views = { 1: '#/', 2: '#/trouble', 3: '#/pools' };
const offKey = 'stage6-no-keys';

const help = [
  ['/', 'search'], ['1 2 3', 'machines, trouble, pools'], ['j k', 'next and previous machine'], ['Enter', 'open it'],
  ['n p', 'next and previous page'], ['Esc', 'back to the list, or end the search'], ['?', 'this help'],
];

// Keys listens to keys for an app. Whoever writes, or holds another key, means
// something else.
export class Keys {
  constructor(app) {
    this.app = app;
    document.addEventListener('keydown', (e) => this.pressed(e));
  }

  pressed(e) {
    if (e.ctrlKey || e.altKey || e.metaKey || document.querySelector('dialog[open]')) return;
    if (e.key === 'Escape') return this.escape();
    if (e.target.matches('input, select, textarea') || localStorage.getItem(offKey)) return;
    if (this.does(e.key)) e.preventDefault();
  }

  escape() {
    if (byId('query').value) {
      byId('query').value = '';
      this.app.search('');
      byId('content').focus();
    } else if (document.activeElement === byId('query')) byId('content').focus();
    else if (location.hash.startsWith('#/machine/')) location.hash = '#/';
  }

  // does does what a key is for, and says whether it is for something.
  does(key) {
    if (views[key]) location.hash = views[key];
    else if (key === '/') byId('query').select();
    else if (key === '?') helpWithKeys();
    else if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1);
    else if (key === 'n' || key === 'p') this.app.view?.turn?.(key === 'n' ? 1 : -1);
    else return false;
    return true;
  }
}

// step moves the focus to the next machine, or the one before.
function step(by) {
  const links = [...document.querySelectorAll('a.row')];
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

export function helpWithKeys() {
  const on = el('input', { type: 'checkbox', id: 'letters', checked: !localStorage.getItem(offKey) });
  on.addEventListener('change', () => (on.checked ? localStorage.removeItem(offKey) : localStorage.setItem(offKey, '1')));
  const box = el('dialog', { class: 'keys', 'aria-labelledby': 'helped' },
    el('h2', { id: 'helped' }, 'Keys'),
    el('dl', {}, help.flatMap(([keys, what]) => [el('dt', {}, keys.split(' ').map((k) => el('kbd', {}, k))), el('dd', {}, what)])),
    el('p', {}, on, el('label', { for: 'letters' }, 'single letters do this')),
    el('div', { class: 'choices' }, el('button', { type: 'button', class: 'main', autofocus: true, on: { click: () => box.close() } }, 'Close')));
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
}

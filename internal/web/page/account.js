// Who looks, and what that allows: an API token over https, nothing to log in
// with where the server or the proxy knows already.

import { byId, el, setText } from './dom.js';
import { ask, token } from './server.js';

export class Account {
  constructor(changed) {
    this.changed = changed;
    this.access = '';
    byId('account').addEventListener('click', () => this.leave());
  }

  // known says whether whoever looks may see anything.
  get known() { return this.access !== ''; }

  // writes says whether whoever looks may change anything.
  get writes() { return this.access === 'admin' || this.access === 'socket'; }

  // look asks the server what the token allows, and says whether it answered.
  async look() {
    try {
      this.access = (await ask('access')).access;
      this.why = '';
    } catch (e) {
      if (![401, 403, 429].includes(e.status)) return false;
      this.access = '';
      this.why = token.get() ? e.message : '';
      token.forget();
    }
    this.show();
    return true;
  }

  show() {
    const shown = { read: 'read-only', admin: 'may change things', socket: 'may change things' };
    setText(byId('may'), shown[this.access] ?? 'not logged in');
    byId('account').hidden = !token.get();
    setText(byId('account'), 'Log out');
  }

  forget(why) {
    token.forget();
    this.access = '';
    this.why = why;
    this.show();
  }

  // leave forgets the token, and all that was shown by it.
  leave() {
    token.forget();
    location.reload();
  }

  // invitation is a form to log in with.
  invitation() {
    const input = el('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true, maxlength: 200, spellcheck: 'false' });
    const form = el('form', { class: 'login' },
      el('h1', {}, 'Log in'),
      el('label', { for: 'token' }, 'API token'), input,
      el('p', { class: 'wrong', role: 'alert' }, this.why ?? ''),
      el('p', { class: 'quiet' }, 'A token with the role read shows everything, one with the role admin also changes things. It is kept until you log out or close this tab. ',
        el('code', {}, 'stage6 api-token add'), ' makes one on the server.'),
      el('button', { type: 'submit', class: 'main' }, 'Log in'));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      token.set(input.value.trim());
      this.changed();
    });
    return form;
  }

  // confirm asks whether something is to be done, and does it.
  confirm(title, text, verb, act) {
    const box = el('dialog', { 'aria-labelledby': 'asked' },
      el('h2', { id: 'asked' }, title), el('p', {}, text),
      el('div', { class: 'choices' },
        el('button', { type: 'button', class: 'no', autofocus: true, on: { click: () => box.close() } }, 'Cancel'),
        el('button', { type: 'button', class: 'main yes', on: { click: () => { box.close(); act(); } } }, verb)));
    open(box);
  }

  // tell says something that must not be missed.
  tell(title, text) {
    const box = el('dialog', { 'aria-labelledby': 'asked' },
      el('h2', { id: 'asked' }, title), el('p', { class: 'wrong' }, text),
      el('div', { class: 'choices' }, el('button', { type: 'button', class: 'main', autofocus: true, on: { click: () => box.close() } }, 'Close')));
    open(box);
  }
}

function open(box) {
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
}

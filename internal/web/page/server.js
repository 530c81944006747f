// Asking the server: its operations by paths relative to the page, with the
// token that somebody logged in with, and its events as they come.

const base = new URL('../v1/', import.meta.url);
const tokenKey = 'stage6-token';

// The token is kept until the tab is closed, and sent in a header alone.
export const token = {
  get: () => sessionStorage.getItem(tokenKey) ?? '',
  set: (value) => sessionStorage.setItem(tokenKey, value),
  forget: () => sessionStorage.removeItem(tokenKey),
};

// Refused is an answer that is an error; status 0 says that there is no answer.
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// ask asks for an operation, and gives what it answers.
export async function ask(path, parameters = {}, method = 'GET') {
  const answer = await open(path, parameters, method, 'application/json', AbortSignal.timeout(60_000));
  try {
    return exactly(await answer.text());
  } catch (e) {
    throw new Refused(0, `the answer cannot be read: ${e.message}`);
  }
}

// all asks for what comes in pages, and gives the whole of a list.
export async function all(path, list, progress) {
  const out = [];
  for (let after = ''; ;) {
    const page = await ask(path, after ? { limit: 2000, after } : { limit: 2000 });
    out.push(...page[list]);
    progress?.(out.length);
    if (!page.next) return out;
    after = page.next;
  }
}

async function open(path, parameters, method, accept, signal) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const headers = { Accept: accept };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  let answer;
  try {
    answer = await fetch(url, { method, headers, signal, credentials: 'omit', cache: 'no-store', redirect: 'error' });
  } catch (e) {
    throw new Refused(0, 'no server answers');
  }
  if (!answer.ok) throw new Refused(answer.status, await whyNot(answer));
  return answer;
}

async function whyNot(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return `status ${answer.status}`;
  }
}

// exactly reads JSON in which whole numbers may be beyond what a number holds:
// those are BigInts where the browser lets us, and near enough elsewhere.
export function exactly(text) {
  return JSON.parse(text, (_, value, context) => {
    const long = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return long && context?.source && /^\d+$/.test(context.source) ? BigInt(context.source) : value;
  });
}

// silence is after how long a stream on which nothing comes is dead: the server
// sends something in each minute.
const silence = 125_000;

// stream gives server-sent events as {kind, data} in lists, as they come, until
// the server or signal ends it. opened is called when the server has answered.
// An EventSource could not send the token.
export async function stream(parameters, signal, opened, take) {
  const dead = new AbortController();
  const alive = () => setTimeout(() => dead.abort(), silence);
  let timer = alive();
  try {
    const answer = await open('events', parameters, 'GET', 'text/event-stream', AbortSignal.any([signal, dead.signal]));
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; ;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = alive();
      const parts = (rest + value).split('\n\n');
      rest = parts.pop();
      take(parts.map(parse).filter((e) => e.data));
    }
  } finally {
    clearTimeout(timer);
  }
}

function parse(text) {
  const out = { kind: '', data: '' };
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) out.kind = line.slice(7);
    if (line.startsWith('data: ')) out.data += line.slice(6);
  }
  return out;
}

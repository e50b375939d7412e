// The REST of this server. The token lives in this tab's session storage and nowhere else.

const Key = 'meshmcp-token';

export const token = {
  get: () => sessionStorage.getItem(Key),
  set: value => sessionStorage.setItem(Key, value),
  clear: () => sessionStorage.removeItem(Key),
};

/** A refusal; `problem` is the server's problem details. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'Refused');
    this.problem = problem;
  }
}

const Lost = { status: 0, detail: 'The server does not answer.', hint: 'The view goes on trying.' };

let looking = new AbortController();

/** Ends the reading that is under way: an older answer must not come in after a newer one. */
export const lookAnew = () => {
  looking.abort();
  looking = new AbortController();
};

const lost = fault => fault.name === 'AbortError' ? fault : new Refused(Lost);

const send = async (method, path, { body, headers, accept = 'application/json', signal } = {}) => {
  const options = { method, cache: 'no-store', signal, headers: { Authorization: `Bearer ${token.get()}`, Accept: accept, ...headers } };
  if (body !== undefined) {
    options.body = typeof body === 'string' ? body : JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(`/v1/${path}`, options);
  } catch (fault) {
    throw lost(fault);
  }
  if (answer.ok) return answer;
  throw new Refused(await answer.json().catch(() => ({ status: answer.status, detail: answer.statusText })));
};

const bodyOf = answer => answer.json().catch(fault => { throw lost(fault); });

/** Reads for a view; the next look of the page ends it. */
export const get = async path => bodyOf(await send('GET', path, { signal: looking.signal }));

export const getWithTag = async path => {
  const answer = await send('GET', path);
  return { body: await bodyOf(answer), tag: answer.headers.get('ETag') };
};

export const call = async (method, path, body, headers) => bodyOf(await send(method, path, { body, headers }));

/** A change with its progress: `told` hears each step; the result is returned, a refusal thrown. */
export const change = async (method, path, body, told, headers) => {
  const answer = await send(method, path, { body, headers, accept: 'text/event-stream' });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) throw new Refused({ ...Lost, detail: 'The connection was cut before the change had ended.', hint: 'The node finishes or undoes it by itself: look at the history.' });
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const [, name, data] = /^event: (\w+)\ndata: ([^]*)$/.exec(event);
      const said = JSON.parse(data);
      if (name === 'progress') told(said.message);
      if (name === 'result') return said;
      if (name === 'problem') throw new Refused(said);
    }
  }
};

export const query = values => {
  const given = Object.entries(values).filter(([, value]) => value != null && value !== '');
  return given.length ? `?${new URLSearchParams(given)}` : '';
};

export const at = (node, ...rest) => ['nodes', node, ...rest].map(encodeURIComponent).join('/');

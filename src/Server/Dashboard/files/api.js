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

const send = async (method, path, { body, headers, accept = 'application/json' } = {}) => {
  const options = { method, cache: 'no-store', headers: { Authorization: `Bearer ${token.get()}`, Accept: accept, ...headers } };
  if (body !== undefined) {
    options.body = typeof body === 'string' ? body : JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(`/v1/${path}`, options);
  } catch {
    throw new Refused(Lost);
  }
  if (answer.ok) return answer;
  throw new Refused(await answer.json().catch(() => ({ status: answer.status, detail: answer.statusText })));
};

export const get = async path => (await send('GET', path)).json();

export const getWithTag = async path => {
  const answer = await send('GET', path);
  return { body: await answer.json(), tag: answer.headers.get('ETag') };
};

export const call = async (method, path, body, headers) => (await send(method, path, { body, headers })).json();

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

// What a one-time link hands over. The right to it is in the address's fragment, which no browser sends by itself; it is opened by a press of a button only.
import { byId, h, put } from './dom.js';
import { secret } from './secret.js';

const [node, token] = location.hash.slice(1).split('.');

// Another link that is put into the same tab loads nothing by itself.
addEventListener('hashchange', () => location.reload());

const show = (...children) => put(byId('main'), children);

const problem = said => h('div', { class: 'problem', role: 'alert' }, h('p', {}, said.detail ?? 'Something went wrong.'), said.hint && h('p', { class: 'quiet' }, said.hint));

const ask = said => show(
  h('h2', {}, 'This opens once'),
  h('p', {}, 'What you are about to see lets whoever has it in. After that the link is good no more, so open it where you need it: on the device itself, or with its camera at hand.'),
  said && problem(said),
  h('button', { type: 'button', onclick: open }, 'Open it now'));

const open = async event => {
  event.target.disabled = true;
  let answer;
  let said;
  try {
    answer = await fetch('/once', { method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ node, token }) });
    said = await answer.json();
  } catch {
    ask({ detail: 'The server does not answer.', hint: 'Try again in a moment. If the link is then good no more, ask for a new one.' });
    return;
  }
  if (!answer.ok && answer.status !== 404) {
    ask(said);
    return;
  }
  // Spent or not there: it need not stay in the history.
  history.replaceState(null, '', location.pathname);
  if (answer.ok) show(h('h2', {}, said.what), h('p', { class: 'warn' }, 'This is shown this once. Keep it to yourself; close the page when you have it.'), said.texts.map(secret));
  else show(h('h2', {}, 'This link is good no more'), problem(said));
};

if (node && token) ask();
else show(h('h2', {}, 'No link'), h('p', {}, 'Open the link as it was sent, to its last letter.'));

import { at, change, call, Refused } from './api.js';
import { byId, h, lookAgain, put } from './dom.js';
import { secret, secretsOf } from './secret.js';

const Tries = 6;

/** What a problem says, with every fault. */
export const problemOf = problem => h('div', { class: 'problem', role: 'alert' },
  h('p', {}, problem.detail),
  problem.problems?.length > 0 && h('ul', {}, problem.problems.map(p => h('li', {},
    h('code', {}, p.path), p.position != null && ` at character ${p.position}`, p.line != null && ` line ${p.line}, column ${p.column}`, `: ${p.message}`,
    p.nearest?.length > 0 && ` (perhaps ${p.nearest.join(', ')})`))),
  problem.hint && h('p', { class: 'quiet' }, problem.hint));

const show = (...children) => {
  const panel = byId('change');
  put(panel, children, h('button', { type: 'button', class: 'plain', onclick: close }, 'Close'));
  panel.classList.toggle('open-secret', holdsSecret());
  panel.hidden = false;
  panel.scrollTop = 0;
};

const holdsSecret = () => byId('change').querySelector('.secret') !== null;

/** Takes the last change off the page, with what it may have shown. */
export const close = () => {
  const panel = byId('change');
  for (const link of panel.querySelectorAll('a[href^="blob:"]')) URL.revokeObjectURL(link.href);
  put(panel).hidden = true;
};

/** What lets somebody in is for the view that asked for it. */
export const closeSecret = () => { if (holdsSecret()) close(); };

export const stepsOf = steps => h('ol', {}, steps.map(s => h('li', {}, `${s.system}: ${s.summary}${s.effect && s.effect !== 'reversible' ? ` (${s.effect})` : ''}`,
  s.details?.length > 0 && h('details', {}, h('summary', {}, s.details.length === 1 ? 'the line' : `the ${s.details.length} lines`), h('pre', {}, s.details.join('\n'))))));

export const findingsOf = findings => findings?.length > 0 && h('details', {}, h('summary', {}, findings.length === 1 ? 'a remark' : `${findings.length} remarks`),
  h('ul', {}, findings.map(f => h('li', {}, `${f.kind}: ${f.path}: ${f.message}`))));

const Outcomes = { nothingToDo: 'Nothing had to be done.', done: 'Done and verified.', waits: 'Kept as wanted, and done by itself once it can be.', held: 'Done and verified, but it is undone unless you keep it: see above.', undone: 'It is undone.' };

/** Runs a change, tells how it goes; null when it was refused. */
export const run = async (title, method, path, body, headers) => {
  const progress = h('p', {}, 'asked');
  show(h('h2', {}, title), progress);
  try {
    const result = await change(method, path, body, message => { progress.textContent = message; }, headers);
    const secrets = secretsOf(result, body?.name ?? 'meshmcp');
    show(h('h2', {}, title),
      secrets.length > 0 && [h('p', { class: 'warn' }, 'This is shown this once: hand it over now. It closes with this view.'), h('div', { class: 'secrets' }, secrets.map(secret))],
      h('p', { class: 'good' }, `${Outcomes[result.outcome] ?? 'Done.'}${result.generation ? ` Generation ${result.generation}.` : ''}`),
      result.waits?.length > 0 && h('ul', {}, result.waits.map(w => h('li', { class: 'warn' }, w))),
      result.planned?.length > 0 && stepsOf(result.planned),
      findingsOf(result.findings));
    lookAgain();
    return result;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    show(h('h2', {}, title), problemOf(refused.problem));
    lookAgain();
    return null;
  }
};

/** What a change would do, to be shown before it is asked for; null when it would be refused. */
export const plan = async (title, method, path, body) => {
  try {
    const told = await call(method, path, { ...body, dryRun: true });
    return [told.planned?.length > 0 ? stepsOf(told.planned) : h('p', { class: 'quiet' }, 'Nothing is to be done on the node.'),
      told.differences?.length > 0 && h('details', { open: true }, h('summary', {}, 'What would be otherwise'), h('pre', {}, told.differences.join('\n'))),
      findingsOf(told.findings)];
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    show(h('h2', {}, title), problemOf(refused.problem));
    return null;
  }
};

/** A browser keeps connections from before the change; each refused try ends one, until one is new enough to count. */
export const keep = async (node, generation) => {
  for (let i = 1; ; i++) {
    try {
      const kept = await call('POST', at(node, 'generations', generation, 'confirm'));
      show(h('h2', {}, `Keep generation ${generation} of ${node}`), h('p', { class: 'good' }, `It is kept${kept.confirmed ? ` (${kept.confirmed})` : ''}.`));
      break;
    } catch (refused) {
      if (refused.problem?.status === 428 && i < Tries) continue;
      show(h('h2', {}, `Keep generation ${generation} of ${node}`), problemOf(refused.problem));
      break;
    }
  }
  lookAgain();
};

/** Asks before something that is not easily undone. */
export const ask = (title, text, button, details) => new Promise(answered => {
  const dialog = byId('ask');
  put(dialog, h('form', { method: 'dialog' },
    h('h2', { id: 'ask-title' }, title), h('p', {}, text), details,
    h('button', { value: 'yes', class: 'danger' }, button), h('button', { value: 'no', class: 'plain', autofocus: true }, 'Cancel')));
  dialog.returnValue = '';
  dialog.onclose = () => answered(dialog.returnValue === 'yes');
  dialog.showModal();
});

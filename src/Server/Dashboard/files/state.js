import { at, call, getWithTag, query, Refused } from './api.js';
import { findingsOf, problemOf, run, stepsOf } from './change.js';
import { diff } from './diff.js';
import { field, h, put } from './dom.js';

const pretty = value => JSON.stringify(value, null, 2);

/** The declared document: edit, look at difference and plan, then apply just that. */
export const state = node => {
  const text = h('textarea', { rows: 20, spellcheck: 'false', class: 'code', oninput: () => { put(review); } });
  const why = h('input', {});
  const within = h('input', { type: 'number', min: 5, max: 3600 });
  const review = h('div', { 'aria-live': 'polite' });
  let read = null;

  const load = async () => {
    read = await getWithTag(at(node, 'state') + '?view=declared');
    text.value = pretty(read.body.state);
    put(review);
  };

  const attempt = async work => {
    try {
      await work();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      put(review, problemOf(refused.problem));
    }
  };

  const plan = () => attempt(async () => {
    const said = await call('POST', at(node, 'plan'), text.value);
    const lines = diff(pretty(read.body.state), pretty(JSON.parse(text.value)));
    put(review,
      h('h3', {}, 'The document changes'),
      lines.length === 0 ? h('p', { class: 'quiet' }, 'Not at all.') : h('pre', { class: 'diff', tabindex: 0 }, lines.map(l => h('span', { class: { '-': 'gone', '+': 'new' }[l.kind] }, `${l.kind} ${l.text}\n`))),
      h('h3', {}, 'The node would do'),
      said.steps.length === 0 ? h('p', { class: 'quiet' }, 'Nothing.') : stepsOf(said.steps),
      findingsOf(said.findings),
      said.needsConfirmation && h('p', { class: 'warn' }, 'It touches the way to the node: it is undone unless you keep it.'),
      // A remark may be that it settles edits, which is something.
      (lines.length > 0 || said.steps.length > 0 || said.findings?.length > 0) && h('button', { type: 'button', onclick: () => apply(said.digest) }, 'Apply this plan'));
    review.querySelector('button')?.focus();
  });

  const apply = async digest => {
    const path = at(node, 'state') + query({ expectedDigest: digest, why: why.value, confirmWithin: within.value });
    if (await run(`Apply the state of ${node}`, 'PUT', path, text.value, { 'If-Match': read.tag })) await attempt(load);
  };

  attempt(load);
  return {
    element: [
      h('p', { class: 'quiet' }, 'The declared document. Flows, containers and clients that were added one by one stay on top of it.'),
      field('Document', text), field('Why', why), field('Undone after seconds, unless kept', within),
      h('p', {}, h('button', { type: 'button', onclick: plan }, 'Show difference and plan'), ' ', h('button', { type: 'button', class: 'plain', onclick: () => attempt(load) }, 'Read it again')),
      review,
    ],
  };
};

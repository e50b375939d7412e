import { at, get, query } from './api.js';
import { ask, run } from './change.js';
import { field, form, h, lookAgain, say } from './dom.js';
import { bytes, offer, span, table } from './table.js';

const Most = 200;

/** The flows on the switch now, with counters. */
export const flows = node => {
  const count = h('p', { class: 'quiet' });
  const search = h('input', { type: 'search', name: 'match', placeholder: 'tcp,tp_dst=9573 or veth200', oninput: lookAgain });
  const remove = async row => {
    if (await ask('Delete this flow?', row.flow, 'Delete')) await run('Delete a flow', 'DELETE', at(node, 'flows') + query({ flow: row.flow.replace(/,?\s*actions=.*/, '') }));
  };
  const list = table({
    caption: 'Flows, highest priority first',
    key: row => row.flow,
    columns: [
      { title: 'Flow', kind: 'code', text: row => row.flow },
      { title: 'Packets', kind: 'number', text: row => row.packets },
      { title: 'Bytes', kind: 'number', text: row => bytes(row.bytes) },
      { title: 'Ends in', text: row => span(row.secondsLeft) },
      { title: 'Whose', text: row => row.ours ? 'ours' : "another program's" },
    ],
    actions: row => row.ours && [offer('Delete', row.flow, () => remove(row))],
  });
  const add = form('Add a flow', [
    field('Flow', h('input', { name: 'flow', required: true, class: 'code', spellcheck: 'false', placeholder: 'priority=150,udp,tp_dst=53,actions=output:veth102' })),
    field('Why', h('input', { name: 'why' })),
    field('For', h('input', { name: 'for', placeholder: '60s, 30m, 12h' }), 'Empty: for good. Else it is taken back by itself.'),
    field('Undone after seconds, unless kept', h('input', { name: 'confirmWithin', type: 'number', min: 5, max: 3600 }), 'Empty: only where the change could cut you off.'),
  ], 'Add', async (values, element) => {
    if (values.confirmWithin) values.confirmWithin = Number(values.confirmWithin);
    if (await run('Add a flow', 'POST', at(node, 'flows'), values)) element.reset();
  }, true);
  return {
    element: [add, field('Search', search), count, list.element],
    refresh: async () => {
      const page = await get(at(node, 'flows') + query({ match: search.value, limit: Most }));
      list.update(page.flows);
      say(count, `${page.flows.length} of ${page.matching} flows${page.matching === page.total ? '' : ` that match, of ${page.total},`} on ${page.bridge}`);
    },
  };
};

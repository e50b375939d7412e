import { at, call, Refused } from './api.js';
import { problemOf } from './change.js';
import { field, form, h, put } from './dom.js';

/** Which flows an imagined packet meets, step by step. */
export const trace = node => {
  const result = h('div', { 'aria-live': 'polite' });
  const ask = form('Trace a packet', [
    field('Packet', h('input', { name: 'packet', required: true, class: 'code', spellcheck: 'false', placeholder: 'udp,nw_src=10.0.0.100,nw_dst=10.0.0.102,tp_dst=53' }), 'As the fields of a flow; in_port (a port, or the uplink) where nw_src does not say it. Nothing is sent.'),
  ], 'Trace', async values => {
    try {
      const said = await call('POST', at(node, 'trace'), values);
      put(result, h('p', { class: 'verdict' }, said.verdict),
        said.assumed?.length > 0 && h('p', { class: 'quiet' }, `Assumed: ${said.assumed.join('; ')}; the first packet of a connection.`),
        said.way?.length > 0 && h('ul', { class: 'way' }, said.way.map(place => h('li', {}, place))),
        h('ol', { class: 'steps' }, said.steps.map(step)), h('p', { class: 'quiet' }, 'Datapath: ', h('code', {}, said.datapathActions)));
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      put(result, problemOf(refused.problem));
    }
  });
  return { element: [ask, result] };
};

const step = s => h('li', {}, h('span', { class: 'table-number' }, `table ${s.table}`), ' ',
  s.flow ? h('code', {}, s.flow) : 'no flow matches: the packet is dropped', s.ours === false && " (another program's)",
  s.actions.length > 0 && h('ul', {}, s.actions.map(a => h('li', {}, h('code', {}, a)))));

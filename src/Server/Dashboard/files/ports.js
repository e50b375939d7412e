import { at, get } from './api.js';
import { ask, run } from './change.js';
import { field, form, h, say } from './dom.js';
import { offer, table } from './table.js';

/** Ports of the uplink's address that its containers serve. */
export const ports = node => {
  const close = async p => {
    if (await ask(`Close ${p.protocol}/${p.port}?`, 'Connections that stand are cut too.', 'Close')) await run(`Close ${p.protocol}/${p.port}`, 'DELETE', at(node, 'ports', p.protocol, p.port));
  };
  const list = table({
    caption: 'Published ports',
    key: p => `${p.protocol} ${p.port}`,
    columns: [
      { title: 'Port', kind: 'code', text: p => `${p.protocol}/${p.port}` }, { title: 'Container', text: p => p.container },
      { title: 'Served at', kind: 'code', text: p => `${p.address ?? ''}:${p.container_port ?? p.port}` },
      { title: 'Who may connect', kind: 'code', text: p => p.sources?.length > 0 ? p.sources.join(', ') : 'everybody' },
    ],
    actions: p => [offer('Close', `${p.protocol}/${p.port}`, () => close(p))],
  });
  const reach = h('p', { class: 'quiet' });
  let asked = false;
  const number = (name, attributes) => h('input', { name, type: 'number', min: 1, max: 65535, ...attributes });
  const publish = form('Publish a port', [
    field('Port', number('port', { required: true })), field('Protocol', h('select', { name: 'protocol' }, h('option', {}, 'tcp'), h('option', {}, 'udp'))),
    field('Container', h('input', { name: 'container', required: true }), 'Id or name.'), field('Port in the container', number('containerPort'), 'Empty: the same.'),
    field('Networks', h('input', { name: 'sources', placeholder: '198.51.100.0/24, 203.0.113.7/32' }), 'Empty: everybody may connect.'), field('Why', h('input', { name: 'why' })),
    field('For', h('input', { name: 'for', placeholder: '60s, 30m, 12h' }), 'Empty: for good. Else it is taken back by itself.'),
  ], 'Publish', async ({ port, protocol, containerPort, sources, ...rest }, element) => {
    const body = { ...rest, ...(containerPort && { containerPort: Number(containerPort) }), ...(sources && { sources: sources.split(/[\s,]+/).filter(Boolean) }) };
    if (await run(`Publish ${protocol}/${port}`, 'PUT', at(node, 'ports', protocol, port), body)) element.reset();
  }, true);
  return {
    element: [publish, reach, list.element],
    refresh: async () => {
      list.update((await get(at(node, 'state') + '?view=observed&section=uplink')).state.uplink?.publish ?? []);
      if (asked) return;
      say(reach, (await get(at(node, 'ports'))).reach ?? '');
      asked = true;
    },
  };
};

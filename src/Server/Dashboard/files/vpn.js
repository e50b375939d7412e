import { at, get } from './api.js';
import { ask, run } from './change.js';
import { field, form, h } from './dom.js';
import { bytes, offer, table, time } from './table.js';

const stateOf = verdict => /^up/.test(verdict) ? 'good' : /wait|off|never/.test(verdict) ? 'warn' : 'bad';

/** WireGuard: tunnels, and clients of the node's VPN server. */
export const vpn = node => {
  const tunnels = table({
    caption: 'Tunnels',
    key: i => i.name,
    columns: [
      { title: 'Device', text: i => i.name }, { title: 'Role', text: i => i.role },
      { title: 'State', kind: 'state', text: i => i.verdict, state: i => stateOf(i.verdict) },
      { title: 'Address', kind: 'code', text: i => i.address }, { title: 'UDP port', kind: 'number', text: i => i.listenPort },
    ],
    actions: i => i.role === 'warp' && [
      offer('Up', i.name, () => run(`Take ${i.name} up`, 'PUT', at(node, 'tunnels', i.name), { enabled: true }), now => now.verdict === 'off'),
      offer('Down', i.name, async () => { if (await ask(`Take ${i.name} down?`, 'Containers that leave through it reach nothing.', 'Take down')) await run(`Take ${i.name} down`, 'PUT', at(node, 'tunnels', i.name), { enabled: false }); }, now => now.verdict !== 'off'),
    ],
  });
  const clients = table({
    caption: 'VPN clients',
    key: p => p.publicKey,
    columns: [
      { title: 'Name', text: p => p.name ?? p.publicKey },
      { title: 'State', kind: 'state', text: p => p.verdict, state: p => stateOf(p.verdict) },
      { title: 'Address', kind: 'code', text: p => p.allowedIps.join(', ') }, { title: 'Seen at', kind: 'code', text: p => p.endpoint },
      { title: 'In', kind: 'number', text: p => bytes(p.received) }, { title: 'Out', kind: 'number', text: p => bytes(p.sent) },
      { title: 'Until', text: p => time(p.expires) },
    ],
    actions: p => p.name && [offer('Remove', p.name, async () => { if (await ask(`Shut ${p.name} out?`, 'Its keys never work again.', 'Remove')) await run(`Remove ${p.name}`, 'DELETE', at(node, 'tunnels', 'clients', p.name)); })],
  });
  const add = form('Add a VPN client', [
    field('Name', h('input', { name: 'name', required: true, placeholder: 'anna-phone' })), field('Until', h('input', { name: 'expires', placeholder: '30d' }), 'A time, or days from now; empty: for good.'),
  ], 'Add and show its QR code', (values, element) => run(`VPN client ${values.name}`, 'POST', at(node, 'tunnels', 'clients'), { ...values, reveal: true }).then(done => done && element.reset()), true);
  return {
    element: [add, tunnels.element, clients.element],
    refresh: async () => {
      const { interfaces } = await get(at(node, 'tunnels'));
      tunnels.update(interfaces);
      clients.update(interfaces.filter(i => i.role === 'vpn').flatMap(i => i.peers));
    },
  };
};

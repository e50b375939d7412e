import { at, get, Refused } from './api.js';
import { h, say } from './dom.js';
import { bytes, table, time } from './table.js';

/** The node's part in its Netmaker network; on the server's node its hosts too. */
export const mesh = node => {
  const names = new Map();
  let asked = '';
  /** Netmaker tells names to its server's node alone; members that are nodes of ours say which address is theirs. */
  const learn = async unknown => {
    const addresses = unknown.map(p => p.address).join();
    if (addresses === asked) return;
    asked = addresses;
    for (const { name } of (await get('nodes')).nodes) {
      try {
        const { address } = await get(at(name, 'mesh'));
        if (address) names.set(address.split('/')[0], name);
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
      }
    }
  };
  const verdict = h('p', { class: 'verdict' });
  const peers = table({
    caption: 'Peers',
    key: p => p.publicKey,
    columns: [
      { title: 'Name', text: p => p.name ?? names.get(p.address) ?? p.address ?? p.publicKey }, { title: 'State', kind: 'state', text: p => p.alive ? 'alive' : 'silent', state: p => p.alive ? 'good' : 'bad' },
      { title: 'Address', kind: 'code', text: p => p.address }, { title: 'Behind it', kind: 'code', text: p => p.egress.join(', ') },
      { title: 'Handshake', text: p => p.handshakeAge == null ? 'never' : `${p.handshakeAge} s ago` }, { title: 'In', kind: 'number', text: p => bytes(p.received) }, { title: 'Out', kind: 'number', text: p => bytes(p.sent) },
    ],
  });
  const hosts = table({
    caption: 'Hosts of the Netmaker server',
    key: x => x.id,
    empty: 'The Netmaker server is on another node.',
    columns: [
      { title: 'Name', text: x => x.name }, { title: 'Status', kind: 'state', text: x => x.status, state: x => x.status === 'online' ? 'good' : 'warn' }, { title: 'Addresses', kind: 'code', text: x => Object.values(x.addresses).join(', ') },
      { title: 'Behind it', kind: 'code', text: x => x.egress.join(', ') }, { title: 'Endpoint', kind: 'code', text: x => `${x.endpoint}:${x.port}` }, { title: 'Last check-in', text: x => time(x.lastCheckIn) },
    ],
  });
  return {
    element: [verdict, peers.element, hosts.element],
    refresh: async () => {
      const said = await get(at(node, 'mesh'));
      say(verdict, `${said.verdict.replace(/\.$/, '')}${said.network ? `: ${said.mode} of ${said.network}, ${said.interface} ${said.address ?? ''}` : ''}`);
      await learn(said.peers.filter(p => !p.name && !names.has(p.address)));
      peers.update(said.peers);
      try {
        hosts.update(said.mode === 'server' ? (await get(at(node, 'mesh', 'hosts'))).hosts : []);
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        hosts.update([]);
      }
    },
  };
};

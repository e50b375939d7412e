import { at, get, Refused } from './api.js';
import { draw } from './map.js';
import { h, put } from './dom.js';
import { table } from './table.js';

const States = { inSync: 'in sync', differs: 'differs', waits: 'waits', silent: 'does not answer', faulty: 'faulty' };

const systemsOf = row => (row.systems ?? []).filter(s => s.state !== 'unmanaged').map(s => `${s.name} ${States[s.state] ?? s.state}${s.waits ? ` (${s.waits.join('; ')})` : ''}`).join(', ');

/** All nodes at one look, from live counters; the table below says the same in words. */
export const topology = () => {
  const picture = h('div', { class: 'map' });
  let before = null;
  const rows = table({
    caption: 'Nodes',
    key: n => n.name,
    columns: [
      { title: 'Node', text: n => n.name },
      { title: 'State', kind: 'state', text: n => n.reachable ? `answers in ${n.milliseconds} ms` : n.problem, state: n => n.reachable ? 'good' : 'bad' },
      { title: 'Generation', kind: 'number', text: n => n.generation },
      { title: 'Systems', text: systemsOf },
    ],
  });
  return {
    element: [picture, rows.element],
    refresh: async list => {
      rows.update(list.nodes);
      const { nodes } = await get('topology');
      const seen = await Promise.all(nodes.map(look));
      const now = { at: performance.now(), counters: new Map(seen.flatMap(counters)) };
      put(picture, draw(seen, rateOf(before, now), matchMedia('(max-width: 45rem)').matches));
      before = now;
    },
  };
};

const look = async node => {
  if (!node.reachable) return { ...node, tunnels: [], boxes: [] };
  const [tunnels, containers] = await Promise.all([get(at(node.name, 'tunnels')), get(at(node.name, 'containers') + '?lines=0')].map(p => p.catch(nothing)));
  return { ...node, tunnels: tunnels?.interfaces ?? [], boxes: containers?.containers ?? [] };
};

const nothing = refused => {
  if (!(refused instanceof Refused)) throw refused;
  return null;
};

const counters = node => [
  ...node.boxes.map(c => [`${node.name} ${c.veth}`, (c.sent ?? 0) + (c.received ?? 0)]),
  ...node.tunnels.map(t => [`${node.name} ${t.name}`, t.peers.reduce((sum, p) => sum + p.sent + p.received, 0)]),
];

/** Bytes a second of a counter since the look before. */
const rateOf = (before, now) => name => {
  const [then, count] = [before?.counters.get(name), now.counters.get(name)];
  return then == null || count == null || count < then ? 0 : (count - then) * 1000 / Math.max(1, now.at - before.at);
};

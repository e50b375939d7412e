import { svg } from './dom.js';
import { bytes } from './table.js';

const Pill = { width: 128, height: 44, gap: 12 };
const Top = 58, BridgeAt = 140, BelowAt = 214, Height = 290, Apart = 40;

/** The mesh as a picture; `narrow` puts the nodes below one another. */
export const draw = (nodes, rate, narrow) => {
  const width = Math.max(380, ...nodes.map(n => 40 + Math.max(n.tunnels.length, n.boxes.length) * (Pill.width + Pill.gap)));
  const placed = nodes.map((n, i) => ({ ...n, x: narrow ? 0 : i * (width + Apart), y: narrow ? i * (Height + Apart) : 0 }));
  const [w, t] = narrow ? [width, nodes.length * (Height + Apart) - Apart] : [nodes.length * (width + Apart) - Apart, Height];
  const ends = [];
  const boxes = placed.map(n => box(n, width, rate, ends));
  return svg('svg', { viewBox: `0 0 ${Math.max(w, 1)} ${Math.max(t, 1)}`, role: 'img', 'aria-label': words(nodes) }, boxes, links(ends, narrow && width - 8));
};

const words = nodes => nodes.map(n => n.reachable
  ? `${n.name}: bridge ${n.bridge ?? 'none'} ${n.address ?? ''}, ${n.flows ?? 0} flows, ${n.boxes.length} containers, ${n.tunnels.length} tunnels`
  : `${n.name} does not answer`).join('; ');

const box = (node, width, rate, ends) => {
  const middle = node.x + width / 2;
  const frame = svg('rect', { class: `node ${node.reachable ? 'good' : 'bad'}`, x: node.x + 2, y: node.y + 2, width: width - 4, height: Height - 4, rx: 10 });
  const title = text(middle, node.y + 28, node.name, 'title');
  if (!node.reachable) return [frame, title, text(middle, node.y + BridgeAt, 'does not answer', 'quiet')];
  const bridge = [
    svg('rect', { class: 'bridge', x: node.x + 20, y: node.y + BridgeAt, width: width - 40, height: 30, rx: 6 }),
    text(middle, node.y + BridgeAt + 20, node.bridge ? `${node.bridge}  ${node.address ?? ''}  ${node.flows ?? '?'} flows` : 'no bridge', 'on-bridge'),
  ];
  const tunnels = row(node.tunnels, middle).map(([t, x]) => {
    if (t.role === 'netmaker') ends.push({ x, y: node.y + Top });
    return pill(x, node.y + Top, node.y + BridgeAt, t.name, /^up/.test(t.verdict) ? 'good' : 'warn', rate(`${node.name} ${t.name}`), t.verdict);
  });
  const containers = row(node.boxes, middle).map(([c, x]) =>
    pill(x, node.y + BelowAt, node.y + BridgeAt + 30, `${c.id} ${c.name ?? ''}`.trim(), c.running ? 'good' : c.waiting ? 'warn' : 'bad', rate(`${node.name} ${c.veth}`), c.address ?? c.veth));
  return [frame, title, bridge, tunnels, containers];
};

const row = (items, middle) => {
  const width = items.length * (Pill.width + Pill.gap) - Pill.gap;
  return items.map((item, i) => [item, middle - width / 2 + Pill.width / 2 + i * (Pill.width + Pill.gap)]);
};

const pill = (x, y, bridge, name, health, rate, more) => {
  const near = y < bridge ? y + Pill.height : y;
  return svg('g', {}, svg('title', {}, `${name}: ${more}`),
    svg('line', { class: `cable ${rate > 0 ? 'busy' : ''}`, x1: x, x2: x, y1: near, y2: bridge, 'stroke-width': 1.5 + Math.min(6, Math.log10(1 + rate)) }),
    svg('rect', { class: `pill ${health}`, x: x - Pill.width / 2, y, width: Pill.width, height: Pill.height, rx: 8 }),
    text(x, y + 18, short(name), ''), text(x, y + 34, rate > 0 ? `${bytes(Math.round(rate))}/s` : short(more), 'quiet'));
};

/** Netmaker's tunnel, from device to device: over the nodes, or along the `edge` where they lie below one another. */
const links = (ends, edge) => ends.slice(1).map((to, i) => svg('path', { class: 'link', d: edge ? around(ends[i], to, edge) : over(ends[i], to) }));

const over = (a, b) => `M${a.x} ${a.y} C${a.x} ${a.y - 70}, ${b.x} ${b.y - 70}, ${b.x} ${b.y}`;

const around = (a, b, edge) => `M${a.x} ${a.y} V${a.y - 12} H${edge} V${b.y - 12} H${b.x} V${b.y}`;

const short = text => text.length > 20 ? `${text.slice(0, 19)}…` : text;

const text = (x, y, words, kind) => svg('text', { x, y, class: kind, 'text-anchor': 'middle' }, words);

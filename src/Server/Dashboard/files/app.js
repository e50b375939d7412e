import { get, lookAnew, Refused, token } from './api.js';
import { banners } from './banners.js';
import { close, closeSecret, problemOf } from './change.js';
import { byId, field, form, h, put } from './dom.js';
import { containers } from './containers.js';
import { flows } from './flows.js';
import { history } from './history.js';
import { host } from './host.js';
import { mesh } from './mesh.js';
import { ports } from './ports.js';
import { state } from './state.js';
import { topology } from './topology.js';
import { trace } from './trace.js';
import { vpn } from './vpn.js';
import { xray } from './xray.js';

const Every = 2000;
const Views = { map: ['Map', topology], flows: ['Flows', flows], trace: ['Trace', trace], containers: ['Containers', containers], ports: ['Ports', ports], vpn: ['VPN', vpn], xray: ['Xray', xray], mesh: ['Netmaker', mesh], host: ['Host', host], state: ['State', state], history: ['History', history] };

let nodes = [], current = null, timer = null, round = 0;

const place = () => {
  const [, node, view] = /^#\/([^/]*)\/(\w+)$/.exec(location.hash) ?? [];
  return { node: nodes.includes(decodeURIComponent(node ?? '')) ? decodeURIComponent(node) : nodes[0], view: Views[view] ? view : 'map' };
};

const navigate = (node, view) => { location.hash = `#/${encodeURIComponent(node)}/${view}`; };

const signIn = problem => {
  clearTimeout(timer);
  round++;
  lookAnew();
  current = null;
  for (const id of ['node-choice', 'views', 'sign-out']) byId(id).hidden = true;
  banners({ nodes: [] });
  close();
  const input = h('input', { name: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false' });
  put(byId('main'), form('Sign in', [problem && problemOf(problem), field('Token', input, 'An operator makes one with: meshctl token create')], 'Sign in', values => {
    token.set(values.token.trim());
    return start();
  }));
  input.focus();
};

const refresh = async () => {
  clearTimeout(timer);
  const mine = ++round;
  lookAnew();
  try {
    const list = await get('nodes');
    banners(list);
    takeNodes(list.nodes.map(n => n.name));
    await current?.refresh?.(list);
    say(null);
  } catch (refused) {
    if (mine !== round) return;
    if (!(refused instanceof Refused)) throw refused;
    if (refused.problem.status === 401) {
      token.clear();
      signIn(refused.problem);
      return;
    }
    say(refused.problem);
  }
  if (mine === round && token.get()) timer = setTimeout(refresh, document.hidden ? Every * 5 : Every);
};

const say = problem => {
  document.getElementById('view-problem')?.remove();
  if (problem) byId('main').prepend(h('div', { id: 'view-problem' }, problemOf(problem)));
};

const takeNodes = names => {
  if (names.join() === nodes.join()) return;
  nodes = names;
  put(byId('node'), ...names.map(n => h('option', { value: n }, n)));
  open();
};

const open = () => {
  if (!token.get() || nodes.length === 0) return;
  const { node, view } = place();
  byId('node').value = node;
  put(byId('views'), ...Object.entries(Views).map(([name, [title]]) => h('a', { href: `#/${encodeURIComponent(node)}/${name}`, 'aria-current': name === view && 'page' }, title)));
  document.title = `${Views[view][0]} – ${node} – MeshMcp`;
  current = Views[view][1](node);
  put(byId('main'), h('h2', {}, view === 'map' ? 'The mesh' : `${Views[view][0]} of ${node}`), current.element);
};

const start = async () => {
  nodes = [];
  await refresh();
  if (!token.get()) return;
  for (const id of ['node-choice', 'views', 'sign-out']) byId(id).hidden = false;
  byId('main').focus();
};

byId('node').addEventListener('change', event => navigate(event.target.value, place().view));
byId('sign-out').addEventListener('click', () => { token.clear(); signIn(); });
addEventListener('hashchange', () => { closeSecret(); open(); refresh(); });
addEventListener('pagehide', closeSecret);
document.addEventListener('changed', () => { if (token.get()) refresh(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && token.get()) refresh(); });

if (token.get()) start();
else signIn();

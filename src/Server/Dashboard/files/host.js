import { at, get, query } from './api.js';
import { ask, run } from './change.js';
import { field, form, h, lookAgain, say } from './dom.js';
import { offer, table } from './table.js';

const States = { active: 'good', failed: 'bad' };

/** A word that is neither a unit nor a pattern finds the units that have it in their names. */
const patternOf = text => text === '' || /[*.]/.test(text) ? text : `*${text}*`;

const wishOf = unit => unit.wanted && [unit.wanted.active_state, unit.wanted.enabled && 'enabled', unit.wanted.enabled === false && 'disabled', unit.wanted.masked && 'masked'].filter(Boolean).join(', ');

/** systemd's units and the distribution's packages: those of the state, and whichever are asked for. */
export const host = node => {
  const search = h('input', { type: 'search', placeholder: 'netclient.service or wg-quick@*', oninput: lookAgain });
  const named = h('input', { type: 'search', placeholder: 'wireguard-tools', oninput: lookAgain });
  const trouble = h('p', { class: 'warn', role: 'status' }), unknown = h('p', { class: 'warn', role: 'status' });
  const set = (unit, what, values) => run(`${unit}: ${what}`, 'PUT', at(node, 'units', unit), values);
  const sure = async (unit, what, values, text) => { if (await ask(`${what} ${unit}?`, text, what)) await set(unit, what.toLowerCase(), values); };
  const units = table({
    caption: 'Units',
    key: u => u.name,
    columns: [
      { title: 'Unit', kind: 'code', text: u => u.name },
      { title: 'State', kind: 'state', text: u => u.load === 'not-found' ? 'not there' : [`${u.active} (${u.sub})`, u.failure].filter(Boolean).join(': '), state: u => States[u.active] ?? 'warn' },
      { title: 'At boot', text: u => u.file }, { title: 'Wanted', text: wishOf },
    ],
    actions: u => [
      offer('Start', u.name, () => set(u.name, 'start', { active: true }), now => now.wanted?.active_state !== 'active'),
      offer('Stop', u.name, () => sure(u.name, 'Stop', { active: false }, 'It is kept stopped until it is started or released.'), now => now.wanted?.active_state !== 'inactive'),
      offer('Enable', u.name, () => set(u.name, 'enable', { enabled: true }), now => now.wanted?.enabled !== true),
      offer('Release', u.name, () => sure(u.name, 'Release', { release: true }, 'It becomes what it was before the state named it.'), now => now.wanted),
    ],
  });
  const install = (name, values, what) => run(`${name}: ${what}`, 'PUT', at(node, 'packages', name), values);
  const packages = table({
    caption: 'Packages',
    key: p => p.name,
    columns: [{ title: 'Package', kind: 'code', text: p => p.name }, { title: 'Installed', text: p => p.installed ?? 'no' }, { title: 'To be had', text: p => p.available }, { title: 'Wanted', text: p => p.wanted }],
    actions: p => [
      offer('Install', p.name, () => install(p.name, { ensure: 'installed' }, 'install'), now => now.wanted !== 'installed'),
      offer('Keep the latest', p.name, () => install(p.name, { ensure: 'latest' }, 'keep the latest'), now => now.wanted !== 'latest'),
      offer('Remove', p.name, async () => { if (await ask(`Remove ${p.name}?`, 'It is kept removed until it is installed or released.', 'Remove')) await install(p.name, { ensure: 'removed' }, 'remove'); }, now => now.wanted !== 'removed' && (now.installed || now.wanted)),
      offer('Release', p.name, () => install(p.name, { release: true }, 'release'), now => now.wanted),
    ],
  });
  const add = form('Install a package', [field('Package', h('input', { name: 'package', required: true, class: 'code', spellcheck: 'false' }), "As the node's distribution calls it."), field('Why', h('input', { name: 'why' }))],
    'Install', ({ package: name, ...rest }, element) => install(name, rest, 'install').then(done => done && element.reset()), true);
  return {
    element: [field('Units', search, 'Empty: those of the state.'), trouble, units.element, add, field('Packages', named, 'Empty: those of the state.'), unknown, packages.element],
    refresh: async () => {
      const [seen, had] = await Promise.all([get(at(node, 'units') + query({ name: patternOf(search.value) })), get(at(node, 'packages') + query({ name: named.value }))]);
      say(trouble, seen.trouble ? `systemd does not answer on ${node}: ${seen.trouble}` : '');
      units.update(seen.units);
      say(unknown, had.trouble ? `PackageKit does not answer on ${node}: ${had.trouble}` : '');
      packages.update(had.packages);
    },
  };
};

import { at, get } from './api.js';
import { ask, run } from './change.js';
import { field, form, h, put, say } from './dom.js';
import { bytes, offer, table, time } from './table.js';

export const containers = node => {
  const templates = h('select', { name: 'template', required: true });
  const total = h('p', { class: 'quiet' });
  const set = (id, state) => run(`Container ${id}: ${state}`, 'PUT', at(node, 'containers', id, 'state'), { state });
  const sure = async (id, state, text) => { if (await ask(`${text} container ${id}?`, `What runs in it is cut off.`, text)) await set(id, state); };
  const remove = async c => {
    if (await ask(`Delete container ${c.id}?`, 'Its files stay in the trash for a week and come back with a rollback.', 'Delete')) await run(`Delete container ${c.id}`, 'DELETE', at(node, 'containers', c.id));
  };
  const list = table({
    caption: 'Containers',
    key: c => `${c.id} ${c.ours}`,
    columns: [
      { title: 'Id', text: c => c.id },
      { title: 'Name', text: c => c.name },
      { title: 'State', kind: 'state', text: c => c.waiting ? `waits: ${c.waiting.join('; ')}` : c.running ? 'running' : 'stopped', state: c => c.waiting ? 'warn' : c.running ? 'good' : 'bad' },
      { title: 'Address', kind: 'code', text: c => c.address },
      { title: 'Services', text: c => c.services.join(', ') },
      { title: 'Sent', kind: 'number', text: c => bytes(c.sent) },
      { title: 'Received', kind: 'number', text: c => bytes(c.received) },
    ],
    actions: c => c.ours && [
      // One that waits is wanted, and starts by itself.
      offer('Start', `container ${c.id}`, () => set(c.id, 'running'), now => !now.running && !now.waiting),
      offer('Stop', `container ${c.id}`, () => sure(c.id, 'stopped', 'Stop'), now => now.running || now.waiting),
      offer('Restart', `container ${c.id}`, () => sure(c.id, 'restarted', 'Restart'), now => now.running),
      offer('Delete', `container ${c.id}`, () => remove(c)),
    ],
  });
  const trash = table({
    caption: 'Trash',
    key: t => `${t.id} ${t.at}`,
    columns: [{ title: 'Id', text: t => t.id }, { title: 'Name', text: t => t.name }, { title: 'Deleted', text: t => time(t.at) }, { title: 'Purged', text: t => time(t.purgedAt) }],
  });
  const create = form('Create a container', [
    field('Template', templates), field('Name', h('input', { name: 'name' })), field('Id', h('input', { name: 'id', inputmode: 'numeric' }), 'Empty: the lowest free one.'),
    field('Files of a deleted one', h('select', { name: 'restore' }, h('option', { value: '' }, 'say that there are some'), h('option', { value: 'true' }, 'bring them back'), h('option', { value: 'false' }, 'start clean, leave them in the trash')), 'Where the same container was deleted within a week.'),
    field('Why', h('input', { name: 'why' })),
  ], 'Create', (values, element) => run('Create a container', 'POST', at(node, 'containers'), values).then(done => done && element.reset()), true);
  return {
    element: [create, total, list.element, trash.element],
    refresh: async () => {
      const said = await get(at(node, 'containers') + '?lines=0');
      list.update(said.containers);
      trash.update(said.trash);
      say(total, `${said.total} on ${node}`);
      if ([...templates.options].map(o => o.value).join() !== said.templates.join()) put(templates, ...said.templates.map(t => h('option', {}, t)));
    },
  };
};

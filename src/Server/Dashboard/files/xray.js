import { at, get } from './api.js';
import { ask, run } from './change.js';
import { field, form, h } from './dom.js';
import { bytes, offer, table } from './table.js';

export const xray = node => {
  const parts = table({
    caption: 'Programs',
    key: p => p.part,
    empty: 'This node has no section xray.',
    columns: [
      { title: 'Part', text: p => p.part }, { title: 'Program', text: p => `${p.program} ${p.version ?? ''}` },
      { title: 'State', kind: 'state', text: p => p.running ? 'running' : p.configured ? 'not running' : 'not configured', state: p => p.running ? 'good' : 'bad' },
      { title: 'Container', text: p => p.container }, { title: 'Ports', text: p => p.inbounds.map(i => `${i.protocol} ${i.port} (${i.security})`).join(', ') },
    ],
  });
  const users = table({
    caption: 'Users',
    key: u => u.name,
    columns: [{ title: 'Name', text: u => u.name }, { title: 'State', kind: 'state', text: u => u.active ? 'may connect' : 'waits', state: u => u.active ? 'good' : 'warn' }, { title: 'Up', kind: 'number', text: u => bytes(u.up) }, { title: 'Down', kind: 'number', text: u => bytes(u.down) }],
    actions: u => [offer('Remove', u.name, async () => { if (await ask(`Shut ${u.name} out?`, 'All users’ connections are cut and can be made anew at once.', 'Remove')) await run(`Remove ${u.name}`, 'DELETE', at(node, 'xray', 'users', u.name)); })],
  });
  const add = form('Add a user', [field('Name', h('input', { name: 'name', required: true, placeholder: 'alice-phone' }))], 'Add and show the QR codes', (values, element) =>
    run(`Xray user ${values.name}`, 'POST', at(node, 'xray', 'users'), { ...values, reveal: true }).then(done => done && element.reset()), true);
  return {
    element: [add, parts.element, users.element],
    refresh: async () => {
      const said = await get(at(node, 'xray'));
      parts.update(['server', 'exit'].filter(part => said[part]).map(part => ({ part, ...said[part] })));
      users.update(said.users);
      add.hidden = !said.server;
      users.element.hidden = !said.server;
    },
  };
};

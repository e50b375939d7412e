import { at, get, query } from './api.js';
import { ask, plan, run } from './change.js';
import { offer, span, table, time } from './table.js';

const States = { done: 'good', confirmed: 'good', awaitingConfirmation: 'warn', applying: 'warn', rolledBack: 'bad', failed: 'bad' };
const Words = { done: 'done', confirmed: 'kept', awaitingConfirmation: 'waits for confirmation', applying: 'being applied', rolledBack: 'undone', failed: 'failed' };

export const history = node => {
  let standing = null;
  const back = async generation => {
    const shown = await plan(`Back to generation ${generation}`, 'POST', at(node, 'rollback'), { to: generation });
    if (shown && await ask(`Go back to generation ${generation}?`, `What is desired of ${node} becomes what it was then; that is a change of its own, and can be taken back too.`, 'Go back', shown))
      await run(`Back to generation ${generation}`, 'POST', at(node, 'rollback'), { to: generation });
  };
  const undo = async generation => {
    const shown = await plan(`Undo generation ${generation}`, 'POST', at(node, 'generations', generation, 'undo'), {});
    if (shown && await ask(`Undo generation ${generation} alone?`, 'Later changes stay.', 'Undo it', shown)) await run(`Undo generation ${generation}`, 'POST', at(node, 'generations', generation, 'undo'), {});
  };
  const list = table({
    caption: 'Changes, newest first',
    key: c => `${c.generation} ${c.at}`,
    columns: [
      { title: 'Generation', kind: 'number', text: c => c.generation ?? '' },
      { title: 'State', kind: 'state', text: c => `${Words[c.status]}${c.secondsLeft != null ? `, ${span(c.secondsLeft)} left` : ''}`, state: c => States[c.status] },
      { title: 'What', kind: 'code', text: c => c.what.join('; ') },
      { title: 'Why', text: c => [c.why, c.because].filter(Boolean).join(' – ') },
      { title: 'When', text: c => time(c.at) },
      { title: 'Who', text: c => c.by },
    ],
    allow: c => c.status === 'confirmed',
    // What stands is gone back to by doing nothing.
    actions: c => [
      offer('Go back', `to generation ${c.generation}`, () => back(c.generation), now => now.generation !== standing),
      offer('Undo', `generation ${c.generation} alone`, () => undo(c.generation)),
    ],
  });
  return {
    element: [list.element],
    refresh: async () => {
      const { changes } = await get('history' + query({ node, limit: 50 }));
      standing = changes.find(c => c.status === 'confirmed')?.generation;
      list.update(changes);
    },
  };
};

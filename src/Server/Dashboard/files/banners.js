import { at } from './api.js';
import { keep, run } from './change.js';
import { byId, h } from './dom.js';

const shown = new Map();

/** What an operator must see wherever he looks: changes that wait, drift, parts that do not answer. */
export const banners = list => {
  const wanted = new Map();
  for (const node of list.nodes) {
    if (!node.reachable) wanted.set(`gone ${node.name}`, () => notice('bad', `${node.name} does not answer: ${node.problem}`));
    const waiting = node.waiting;
    if (waiting?.secondsLeft != null) wanted.set(`waits ${node.name} ${waiting.generation}`, () => countdown(node.name, waiting));
    for (const system of node.systems ?? [])
      if (system.state === 'differs') wanted.set(`drift ${node.name} ${system.name} ${system.problem}`, () => notice('warn', `Drift on ${node.name}: ${system.name} differs from what is desired (${system.problem}).`));
      else if (system.state === 'silent') wanted.set(`down ${node.name} ${system.name}`, () => notice('bad', `${system.name} on ${node.name} does not answer: ${system.problem}`));
    for (const finding of node.findings ?? [])
      if (/somebody undoes it/.test(finding)) wanted.set(`${node.name} ${finding}`, () => notice('warn', `${node.name}: ${finding}`));
  }
  for (const [key, banner] of shown) {
    if (wanted.has(key)) continue;
    clearInterval(banner.timer);
    banner.element.remove();
    shown.delete(key);
  }
  for (const [key, make] of wanted) {
    if (shown.has(key)) continue;
    const banner = make();
    shown.set(key, banner);
    byId('banners').append(banner.element);
  }
};

const notice = (kind, text) => ({ element: h('p', { class: `banner ${kind}` }, text) });

const countdown = (node, waiting) => {
  const end = Date.now() + waiting.secondsLeft * 1000;
  const left = h('strong', { 'aria-hidden': 'true' });
  const tick = () => { left.textContent = `${Math.max(0, Math.ceil((end - Date.now()) / 1000))} s`; };
  tick();
  return {
    timer: setInterval(tick, 500),
    element: h('div', { class: 'banner warn', 'data-waiting': node },
      h('span', {}, `Generation ${waiting.generation} on ${node} is undone unless you keep it: `, left), ' ',
      h('button', { type: 'button', onclick: () => keep(node, waiting.generation) }, 'Keep it'), ' ',
      h('button', { type: 'button', class: 'plain', onclick: () => run(`Undo generation ${waiting.generation}`, 'POST', at(node, 'rollback'), {}) }, 'Undo it now')),
  };
};

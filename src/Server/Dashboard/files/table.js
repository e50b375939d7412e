import { h, say } from './dom.js';

/**
 * A table whose rows stay the same elements while their data changes: focus and selection survive the refresh.
 * columns: { title, text(item), kind: 'number' | 'code' | 'state' }; actions(item) makes the buttons of a row, once;
 * they are hidden while allow(item) says no, and one made by offer() while it would do nothing.
 */
export const table = ({ caption, columns, key, actions, allow = () => true, empty = 'None.' }) => {
  const body = h('tbody');
  const rows = new Map();
  const none = h('p', { class: 'quiet', hidden: true }, empty);
  const element = h('div', { class: 'table' },
    h('table', {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, columns.map(c => h('th', { scope: 'col', class: c.kind }, c.title)), actions && h('th', { scope: 'col' }, 'Actions'))),
      body),
    none);

  const make = item => {
    const row = {};
    row.cells = columns.map((c, i) => h(i === 0 ? 'th' : 'td', { scope: i === 0 && 'row', class: c.kind, 'data-title': c.title }));
    row.element = h('tr', {}, row.cells, actions && h('td', { class: 'actions' }, actions(item)));
    return row;
  };

  const update = items => {
    const seen = new Set();
    let last = null;
    for (const item of items) {
      const name = key(item);
      seen.add(name);
      const row = rows.get(name) ?? make(item);
      rows.set(name, row);
      columns.forEach((c, i) => {
        const text = `${c.text(item) ?? ''}`;
        say(row.cells[i], text);
        if (c.kind === 'state') row.cells[i].dataset.state = c.state(item);
      });
      for (const button of row.element.querySelectorAll('.actions button')) button.hidden = !allow(item) || button.does?.(item) === false;
      const next = last ? last.nextSibling : body.firstChild;
      if (row.element !== next) body.insertBefore(row.element, next);
      last = row.element;
    }
    for (const [name, row] of rows) {
      if (seen.has(name)) continue;
      row.element.remove();
      rows.delete(name);
    }
    none.hidden = items.length > 0;
  };

  return { element, update };
};

/** A button of a row: what, on whom, and whether pressing it would do anything as the item is now. */
export const offer = (text, name, press, does = () => true) => {
  const button = h('button', { type: 'button', class: 'plain', 'aria-label': `${text} ${name}`, onclick: press }, text);
  button.does = item => Boolean(does(item));
  return button;
};

export const bytes = n => {
  if (n == null) return '';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${i === 0 ? n : n.toFixed(1)} ${units[i]}`;
};

/** Seconds as the command line says them: its two largest units. */
export const span = seconds => {
  if (seconds == null) return '';
  const [d, h, min] = [86400, 3600, 60].map((unit, i, units) => Math.floor(seconds % (units[i - 1] ?? Infinity) / unit));
  return seconds < 120 ? `${Math.ceil(seconds)} s` : seconds < 3600 ? `${min} min` : seconds < 86400 ? `${h} h ${min} min` : `${d} d ${h} h`;
};

export const time = text => text ? new Date(text).toISOString().slice(0, 19).replace('T', ' ') : '';

// Elements from data: text is only ever set as text.

const Svg = 'http://www.w3.org/2000/svg';

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  return put(element, children);
};

/** In place of what was there: elements and texts; what is null, undefined or false is left out. */
export const put = (element, ...children) => {
  element.replaceChildren(...children.flat(9).filter(c => c != null && c !== false));
  return element;
};

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) => fill(document.createElementNS(Svg, tag), attributes, children);

export const byId = id => document.getElementById(id);

/** Has the page read again now, for whatever has changed. */
export const lookAgain = () => document.dispatchEvent(new Event('changed'));

let labels = 0;

/** A labelled field; `input` is what `h` makes. */
export const field = (label, input, hint) => {
  input.id ||= `field-${++labels}`;
  const note = hint && h('small', { id: `${input.id}-hint` }, hint);
  if (note) input.setAttribute('aria-describedby', note.id);
  return h('div', { class: 'field' }, h('label', { for: input.id }, label), input, note);
};

/** A form that calls `submit` with its values; empty ones are left out. With `fold` it opens when it is wanted. */
export const form = (title, fields, button, submit, fold = false) => {
  const element = h('form', {
    'aria-label': title,
    onsubmit: async event => {
      event.preventDefault();
      const press = element.querySelector('button[type=submit]');
      press.disabled = true;
      try {
        await submit(Object.fromEntries([...new FormData(element)].filter(([, value]) => value !== '')), element);
      } finally {
        press.disabled = false;
      }
    },
  }, !fold && h('h3', {}, title), fields, h('button', { type: 'submit' }, button));
  return fold ? h('details', { class: 'fold' }, h('summary', {}, title), element) : element;
};

/** Changes the text of an element only when it differs, so that readers are not told the same again. */
export const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

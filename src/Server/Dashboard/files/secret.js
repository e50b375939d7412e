// What lets somebody in, on the screen: to be scanned, copied or saved, and gone from the page when it is closed.
import { h } from './dom.js';

const copy = text => h('button', {
  type: 'button',
  class: 'plain',
  onclick: async event => {
    try {
      await navigator.clipboard.writeText(text);
      event.target.textContent = 'Copied';
    } catch {
      event.target.textContent = 'Copy it by hand';
    }
  },
}, 'Copy');

const download = (text, file) => h('a', { href: URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' })), download: file }, `Save as ${file}`);

/** image: a QR code as a data: address, where there is one. */
export const secret = ({ title, text, file, image }) => h('section', { class: 'secret', 'aria-label': title },
  h('h3', {}, title),
  image && h('img', { src: image, alt: 'QR code of the text', class: 'qr' }),
  h('p', {}, copy(text), ' ', download(text, file), image && [' ', h('a', { href: image, download: file.replace(/\.\w+$/, '.png') }, 'Save the QR code')]),
  h('pre', { tabindex: 0 }, text));

/** Those of a change's answer. name: whose, for the files. */
export const secretsOf = (result, name) => [
  result.configuration && { title: 'Configuration', text: result.configuration, file: `${name}.conf`, image: result.images?.[0] },
  ...(result.links ?? []).map((l, i) => ({ title: l.protocol ?? `Link ${i + 1}`, text: l.link, file: `${name}${i > 0 ? `-${i + 1}` : ''}.txt`, image: result.images?.[i] })),
  result.token && { title: 'Key', text: result.token, file: `${name}.txt`, image: result.images?.[0] },
].filter(Boolean);

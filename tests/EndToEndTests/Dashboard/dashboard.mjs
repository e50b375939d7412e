// A person at the dashboard, played in headless Chromium. Arguments: URL, token; then a folder for screenshots, if they are wanted.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';

const { chromium } = await import(`${process.env.MESHMCP_PLAYWRIGHT}/index.mjs`);
const [url, token, pictures] = process.argv.slice(2);
const Flow = 'priority=150,icmp,in_port=veth100,nw_dst=10.0.0.102,actions=output:veth102';
const Patience = 60_000;

const browser = await chromium.launch({ executablePath: process.env.MESHMCP_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, permissions: ['clipboard-read', 'clipboard-write'] });
const page = await context.newPage();
page.setDefaultTimeout(Patience);
const faults = [];
page.on('pageerror', e => faults.push(`${e.stack ?? e}`));
page.on('console', m => { if (m.type() === 'error' && !/status of 4\d\d|ERR_/.test(m.text())) faults.push(m.text()); });

const step = async (name, work) => {
  console.log(name);
  await work();
  assert.deepEqual(faults, [], 'the page reported errors');
};

const picture = async name => {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png` });
};

const api = async (method, path, body) => {
  const answer = await fetch(`${url}v1/${path}`, { method, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
  return answer.json();
};

const open = async (node, view) => {
  await page.getByLabel('Node', { exact: true }).selectOption(node);
  await page.getByRole('link', { name: view, exact: true }).click();
  await page.getByRole('heading', { level: 2, name: view === 'Map' ? 'The mesh' : `${view} of ${node}` }).waitFor();
};

const unfold = title => page.locator('summary', { hasText: title }).click();
const row = text => page.locator('tbody tr', { hasText: text });
const panel = page.locator('#change');
const agree = name => page.getByRole('dialog').getByRole('button', { name }).click();
const until = async (what, holds) => {
  for (const end = Date.now() + Patience; !await holds();) {
    assert.ok(Date.now() < end, `not in time: ${what}`);
    await page.waitForTimeout(200);
  }
};

/** A camera reads no half of it: inside the viewport, inside the panel, under nothing. */
const wholeOnScreen = async code => {
  await page.waitForTimeout(100);
  const seen = await code.evaluate(image => {
    const box = image.getBoundingClientRect(), around = image.closest('#change').getBoundingClientRect();
    const corners = [[box.left + 2, box.top + 2], [box.right - 2, box.top + 2], [box.left + 2, box.bottom - 2], [box.right - 2, box.bottom - 2]];
    return { box: box.toJSON(), around: around.toJSON(), width: innerWidth, height: innerHeight, covered: corners.filter(([x, y]) => document.elementFromPoint(x, y) !== image) };
  });
  const { box, around, width, height } = seen;
  assert.ok(box.width >= 150 && Math.abs(box.width - box.height) < 2 && box.left >= 0 && box.right <= width && box.top >= Math.max(0, around.top) && box.bottom <= Math.min(height, around.bottom) && seen.covered.length === 0, `the QR code is cut off: ${JSON.stringify(seen)}`);
};

/** Which buttons each row of a view offers, when the node answers so. */
const offers = async (node, view, path, answer) => {
  const made = r => r.fulfill({ json: answer });
  await page.route(path, made);
  await open(node, view);
  await page.locator('tbody tr').first().waitFor();
  const found = await page.locator('tbody tr').evaluateAll(rows => rows.map(r => [r.querySelector('th').textContent, [...r.querySelectorAll('.actions button')].filter(b => !b.hidden).map(b => b.textContent).join(' ')]));
  await page.unroute(path, made);
  return Object.fromEntries(found);
};

/** What has a role but no name is silent to a screen reader. */
const allNamed = async () => assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('input, select, textarea, button, a')]
  .filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)), []);

try {
  await step('without a token there is a form and nothing else', async () => {
    await page.goto(url);
    await page.getByLabel('Token', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The token is unknown').waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    await picture('sign-in');
  });
  await step('sign in by keyboard', async () => {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: /oo1424oo: bridge mesh 10\.0\.0\.1\/24/ }).waitFor();
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    await row('vps').first().waitFor();
    await allNamed();
    await page.waitForTimeout(2500);
    await picture('map');
  });

  const before = (await api('GET', 'history?node=oo1424oo&limit=50')).changes.find(c => c.status === 'confirmed').generation;
  await step('add a flow', async () => {
    await open('oo1424oo', 'Flows');
    await unfold('Add a flow');
    await page.getByLabel('Flow', { exact: true }).fill(Flow);
    await page.getByLabel('Why', { exact: true }).fill('to see it counted');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await panel.getByText('Done and verified').waitFor();
    await row('priority=150,icmp').waitFor();
  });
  await step('its counter rises', async () => {
    const packets = async () => Number(await row('priority=150,icmp').locator('td').first().textContent());
    for (let i = 0, last = await packets(); i < 2; i++, last = await packets()) {
      await api('POST', 'nodes/oo1424oo/containers/100/exec', { command: ['ping', '-c', '2', '-W', '1', '10.0.0.102'] });
      await until('the counter rises', async () => await packets() > last);
    }
    await allNamed();
    await panel.getByRole('button', { name: 'Close' }).click();
    await picture('flows');
  });
  await step('a wrong flow says what and where', async () => {
    await page.getByLabel('Flow', { exact: true }).fill('priority=1,tcp,tp_dts=80,actions=drop');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await panel.getByText('perhaps tp_dst').waitFor();
  });
  await step('trace a packet through it', async () => {
    await open('oo1424oo', 'Trace');
    await page.getByLabel('Packet', { exact: true }).fill('in_port=veth100,icmp,nw_src=10.0.0.100,nw_dst=10.0.0.102');
    await page.getByRole('button', { name: 'Trace' }).click();
    await page.locator('.steps', { hasText: 'priority=150,icmp' }).waitFor();
    await page.locator('.verdict', { hasText: 'veth102' }).waitFor();
    // Who sends says where it comes in, and the answer says that this was assumed.
    await page.getByLabel('Packet', { exact: true }).fill('icmp,nw_src=10.0.0.100,nw_dst=10.0.0.102');
    await page.getByRole('button', { name: 'Trace' }).click();
    await page.getByText('Assumed: in_port=veth100').waitFor();
    await page.locator('.verdict', { hasText: 'output veth102' }).waitFor();
    await panel.getByRole('button', { name: 'Close' }).click();
    await picture('trace');
  });
  await step('roll back, and it is gone', async () => {
    await open('oo1424oo', 'History');
    await row('to see it counted').first().waitFor();
    await picture('history');
    await page.getByRole('button', { name: `Go back to generation ${before}`, exact: true }).click();
    await agree('Go back');
    await panel.getByText('Done and verified').waitFor();
    await open('oo1424oo', 'Flows');
    await row('priority=200,arp').waitFor();
    assert.equal(await row('priority=150,icmp').count(), 0);
  });
  await step('a change that waits counts down, is kept, and another undone', async () => {
    await unfold('Add a flow');
    for (const [flow, button] of [['priority=151,icmp,actions=drop', 'Keep it'], ['priority=152,icmp,actions=drop', 'Undo it now']]) {
      await page.getByLabel('Flow', { exact: true }).fill(flow);
      await page.getByLabel('Undone after seconds, unless kept').fill('60');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      const banner = page.locator('[data-waiting=oo1424oo]');
      await banner.getByText(/^\d+ s$/).waitFor();
      if (button === 'Keep it') await picture('countdown');
      await banner.getByRole('button', { name: button }).click();
      await panel.getByText(/It is kept|It is undone/).waitFor();
      await banner.waitFor({ state: 'detached' });
    }
    await row('priority=151').waitFor();
    await row('priority=152').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Delete priority=151/ }).click();
    await agree('Delete');
    await row('priority=151').waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Close' }).click();
  });
  await step('a document: difference, plan, apply', async () => {
    await open('oo1424oo', 'State');
    const text = page.getByLabel('Document', { exact: true });
    await until('the document is there', async () => (await text.inputValue()).includes('priority=200,arp'));
    const was = await text.inputValue();
    await text.fill(was.replace('"priority=200,arp', '"priority=153,icmp,actions=drop",\n"priority=200,arp'));
    await page.getByRole('button', { name: 'Show difference and plan' }).click();
    await page.locator('.diff .new', { hasText: 'priority=153' }).waitFor();
    await page.getByText('The node would do').waitFor();
    assert.equal(await page.getByText('restart container').count(), 0, 'the document came back as it went');
    await page.getByRole('button', { name: 'Apply this plan' }).scrollIntoViewIfNeeded();
    await picture('plan');
    await page.getByRole('button', { name: 'Apply this plan' }).click();
    await panel.getByText('Done and verified').waitFor();
    // The text has it from before; the difference goes when the document has been read again.
    await until('the document is read again', async () => await page.locator('.diff').count() === 0 && (await text.inputValue()).includes('priority=153'));
    await text.fill(was);
    await page.getByRole('button', { name: 'Show difference and plan' }).click();
    await page.locator('.diff .gone', { hasText: 'priority=153' }).waitFor();
    await page.getByRole('button', { name: 'Apply this plan' }).click();
    await panel.getByText('1 removed').waitFor();
    await panel.getByRole('button', { name: 'Close' }).click();
    await until('the document is as it was', async () => !(await text.inputValue()).includes('priority=153') && await page.locator('.diff').count() === 0);
  });
  await step('containers and Netmaker', async () => {
    await open('vps', 'Containers');
    await row('op-dbus-api').waitFor();
    await unfold('Create a container');
    assert.deepEqual(await page.getByLabel('Files of a deleted one').locator('option').evaluateAll(all => all.map(o => o.value)), ['', 'true', 'false']);
    await allNamed();
    await picture('containers');
    await open('oo1424oo', 'Netmaker');
    await row('vps').first().waitFor();
    await open('vps', 'Netmaker');
    await page.getByText('Hosts of the Netmaker server').waitFor();
    await row('oo1424oo').first().waitFor();
    await picture('netmaker');
  });
  await step('a port is published and closed', async () => {
    await open('vps', 'Ports');
    await row('tcp/9573').waitFor();
    await unfold('Publish a port');
    await page.getByLabel('Port', { exact: true }).fill('8082');
    await page.getByLabel('Container', { exact: true }).fill('op-dbus-api');
    await page.getByLabel('Networks', { exact: true }).fill('198.51.100.0/24');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await panel.getByText('Done and verified').waitFor();
    await row('tcp/8082').filter({ hasText: '198.51.100.0/24' }).waitFor();
    await allNamed();
    await panel.getByRole('button', { name: 'Close', exact: true }).click();
    await picture('ports');
    await page.getByRole('button', { name: 'Close tcp/8082' }).click();
    await agree('Close');
    await row('tcp/8082').waitFor({ state: 'detached' });
  });
  await step('units and packages, where there is no systemd', async () => {
    await open('vps', 'Host');
    await page.getByLabel('Units', { exact: true }).fill('ssh');
    await page.getByText(/systemd does not answer on vps: ./).waitFor();
    await page.getByLabel('Packages', { exact: true }).fill('nmap');
    await page.getByText(/PackageKit does not answer on vps: ./).waitFor();
    await page.getByLabel('Packages', { exact: true }).fill('a;b');
    await page.getByText('is no name of a package').waitFor();
    await allNamed();
  });
  await step('nothing is offered that would do nothing, in any state', async () => {
    const container = (id, more) => ({ id, ours: true, running: false, services: [], log: [], ...more });
    assert.deepEqual(await offers('vps', 'Containers', '**/v1/nodes/vps/containers?*', { node: 'vps', total: 4, templates: [], trash: [], containers: [container('1', { running: true }), container('2'), container('3', { waiting: ['no template'] }), container('4', { ours: false, running: true })] }),
      { 1: 'Stop Restart Delete', 2: 'Start Delete', 3: 'Stop Delete', 4: '' });
    const unit = (name, wanted) => ({ name, description: '', load: 'loaded', active: 'active', sub: 'running', file: 'enabled', wanted, journal: [] });
    const pack = (name, installed, wanted) => ({ name, installed, wanted });
    await page.route('**/v1/nodes/vps/packages*', r => r.fulfill({ json: { packages: [pack('a'), pack('b', '1'), pack('c', '1', 'installed'), pack('d', '1', 'latest'), pack('e', null, 'removed')] } }));
    assert.deepEqual(await offers('vps', 'Host', '**/v1/nodes/vps/units*', { total: 4, units: [unit('1'), unit('2', { active_state: 'active', enabled: true }), unit('3', { active_state: 'inactive' }), unit('4', { enabled: false })] }),
      { 1: 'Start Stop Enable', 2: 'Stop Release', 3: 'Start Enable Release', 4: 'Start Stop Enable Release', a: 'Install Keep the latest', b: 'Install Keep the latest Remove', c: 'Keep the latest Remove Release', d: 'Install Remove Release', e: 'Install Keep the latest Release' });
    await page.unroute('**/v1/nodes/vps/packages*');
    const tunnel = (name, role, verdict, peers = []) => ({ name, role, verdict, peers });
    assert.deepEqual(await offers('vps', 'VPN', '**/v1/nodes/vps/tunnels', { interfaces: [tunnel('a', 'warp', 'up'), tunnel('b', 'warp', 'off'), tunnel('c', 'warp', 'waiting for its key'), tunnel('d', 'netmaker', 'up'), tunnel('e', 'vpn', 'up', [{ name: 'anna', publicKey: 'k', verdict: 'up', allowedIps: [] }, { publicKey: 'x', verdict: 'up', allowedIps: [] }])] }),
      { a: 'Down', b: 'Up', c: 'Down', d: '', e: '', anna: 'Remove', x: '' });
    const change = (generation, status) => ({ generation, status, what: ['x'], at: '2026-01-01T00:00:00Z', by: 'a' });
    assert.deepEqual(await offers('vps', 'History', '**/v1/history?*', { changes: [change(7, 'rolledBack'), change(6, 'awaitingConfirmation'), change(5, 'confirmed'), change(4, 'failed'), change(3, 'confirmed')] }),
      { 7: '', 6: '', 5: 'Undo', 4: '', 3: 'Go back Undo' });
    const flow = (text, ours) => ({ flow: text, ours, packets: 0, bytes: 0 });
    assert.deepEqual(await offers('vps', 'Flows', '**/v1/nodes/vps/flows?*', { flows: [flow('a', true), flow('b', false)], matching: 2, total: 2, bridge: 'mesh' }), { a: 'Delete', b: '' });
    await open('vps', 'State');
    await until('the document is there', async () => (await page.getByLabel('Document', { exact: true }).inputValue()).length > 2);
    await page.route('**/v1/nodes/vps/plan', r => r.fulfill({ json: { digest: '0', steps: [], findings: [] } }));
    await page.getByRole('button', { name: 'Show difference and plan' }).click();
    await page.getByText('Nothing.', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Apply this plan' }).count(), 0);
    await page.unroute('**/v1/nodes/vps/plan');
  });
  await step('who must forward to a port is said where the address is not public', async () => {
    const said = '192.168.1.5 is private (RFC 1918): from the internet it is reached only if the router before this node forwards what is published to it';
    await page.route('**/v1/nodes/vps/ports', r => r.fulfill({ json: { reach: said } }));
    await open('vps', 'Ports');
    await page.getByText(said).waitFor();
    await page.unroute('**/v1/nodes/vps/ports');
  });
  await step('a VPN client gets its QR code', async () => {
    await open('oo1424oo', 'VPN');
    await unfold('Add a VPN client');
    await page.getByLabel('Name', { exact: true }).fill('anna-phone');
    await page.getByRole('button', { name: 'Add and show its QR code' }).click();
    const code = panel.getByRole('img', { name: /QR/ });
    await code.waitFor();
    assert.ok(await code.evaluate(i => i.complete && i.naturalWidth > 50));
    await row('anna-phone').waitFor();
    await picture('vpn');
    for (const [width, height] of [[1360, 860], [390, 844], [1280, 860]]) {
      await page.setViewportSize({ width, height });
      await wholeOnScreen(code);
    }
    const configuration = await panel.locator('pre').first().textContent();
    assert.match(configuration, /PrivateKey = /);
    await panel.getByRole('button', { name: 'Copy', exact: true }).click();
    await panel.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), configuration);
    for (const [link, file, begins] of [['Save as anna-phone.conf', 'anna-phone.conf', '[Interface]'], ['Save the QR code', 'anna-phone.png', '\x89PNG']]) {
      const saving = page.waitForEvent('download');
      await panel.getByRole('link', { name: link }).click();
      const saved = await saving;
      assert.equal(saved.suggestedFilename(), file);
      assert.ok((await readFile(await saved.path(), 'latin1')).startsWith(begins), file);
    }
    // It is for the view that asked for it, and for nobody who comes later.
    await open('oo1424oo', 'Map');
    await panel.waitFor({ state: 'hidden' });
    assert.ok(!(await page.content()).includes(configuration.match(/PrivateKey = (\S+)/)[1]), 'the key is still in the page');
    await open('oo1424oo', 'VPN');
    assert.equal(await page.locator('.qr').count(), 0);
    await page.getByRole('button', { name: 'Remove anna-phone' }).click();
    await agree('Remove');
    await row('anna-phone').waitFor({ state: 'detached' });
  });
  await step('a one-time link is opened once, by a press of a button, with nothing but the link', async () => {
    const added = await api('POST', 'nodes/oo1424oo/tunnels/clients', { name: 'bert-phone' });
    assert.ok(!JSON.stringify(added).includes('PrivateKey'));
    assert.ok(added.handover.link.startsWith(`${url}once#oo1424oo.`), added.handover.link);
    const stranger = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const visit = async () => {
      const once = await stranger.newPage();
      once.setDefaultTimeout(Patience);
      once.on('pageerror', e => faults.push(`${e.stack ?? e}`));
      once.on('console', m => { if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) faults.push(m.text()); });
      await once.goto(added.handover.link);
      await once.getByRole('heading', { name: 'This opens once' }).waitFor();
      return once;
    };
    const preview = await visit();
    await preview.close();
    const once = await visit();
    await once.getByRole('button', { name: 'Open it now' }).click();
    await once.getByRole('heading', { name: 'VPN client bert-phone' }).waitFor();
    const code = once.getByRole('img', { name: /QR/ });
    assert.ok(await code.evaluate(i => i.complete && i.naturalWidth > 50));
    assert.match(await once.locator('pre').textContent(), /PrivateKey = /);
    assert.ok(!once.url().includes('#'), 'the link is not in the history');
    const saving = once.waitForEvent('download');
    await once.getByRole('link', { name: 'Save as bert-phone.conf' }).click();
    assert.equal((await saving).suggestedFilename(), 'bert-phone.conf');
    assert.ok(await once.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'the page is wider than the phone');
    const late = await visit();
    await late.getByRole('button', { name: 'Open it now' }).click();
    await late.getByRole('heading', { name: 'This link is good no more' }).waitFor();
    await late.getByText('opened already').waitFor();
    // Another link that is put into the same tab is another link.
    const another = await api('POST', 'nodes/oo1424oo/tunnels/clients', { name: 'carl-phone' });
    await late.goto(another.handover.link);
    await late.getByRole('button', { name: 'Open it now' }).click();
    await late.getByRole('heading', { name: 'VPN client carl-phone' }).waitFor();
    await api('DELETE', 'nodes/oo1424oo/tunnels/clients/carl-phone');
    await stranger.close();
    await api('DELETE', 'nodes/oo1424oo/tunnels/clients/bert-phone');
  });
  await step('an Xray user gets QR codes', async () => {
    await open('vps', 'Xray');
    await unfold('Add a user');
    await page.getByLabel('Name', { exact: true }).fill('anna-phone');
    await page.getByRole('button', { name: 'Add and show the QR codes' }).click();
    await panel.getByRole('img', { name: /QR/ }).first().waitFor();
    for (const [width, height] of [[390, 844], [1360, 860], [1280, 860]]) {
      await page.setViewportSize({ width, height });
      for (const code of await panel.getByRole('img', { name: /QR/ }).all()) {
        await code.scrollIntoViewIfNeeded();
        await wholeOnScreen(code);
      }
    }
    await panel.getByRole('button', { name: 'Close', exact: true }).click();
    assert.equal(await page.locator('.secret').count(), 0, 'what is closed is gone');
    await page.getByRole('button', { name: 'Remove anna-phone' }).click();
    await agree('Remove');
    await row('anna-phone').waitFor({ state: 'detached' });
  });
  await step('readable on a phone, and in the dark', async () => {
    await panel.getByRole('button', { name: 'Close' }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const view of ['Flows', 'Map']) {
      await open('oo1424oo', view);
      await row(view === 'Map' ? 'vps' : 'arp').first().waitFor();
      await page.waitForTimeout(2500);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `${view} is wider than the phone`);
      await picture(`phone-${view.toLowerCase()}`);
    }
  });
  await step('sign out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });
} catch (e) {
  await page.screenshot({ path: process.env.MESHMCP_FAILED ?? '/dev/null', type: 'png' }).catch(() => {});
  console.error(e, faults);
  process.exitCode = 1;
} finally {
  await browser.close();
}

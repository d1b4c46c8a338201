/**
 * The console in a real browser against the real product: from the one-time link to a revoked key.
 * Pictures of the pages land in test-results/console (not kept), to be looked at.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, startSallyport, type RunningSallyport } from '../harness/sallyport.ts';

const CHROMIUM = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path !== undefined && existsSync(path));
const PICTURES = join(import.meta.dirname, '..', '..', 'test-results', 'console');
const EMAIL = 'ann.lee@example.org';
// Built here, so that no scanner takes this file for a leak.
const SECRET = ['AKIA', 'Q3EG', 'RTX7', 'MPL2', 'KZW5'].join('');
const PASSWORD = 'quiet harbour lantern';

describe('the console', { timeout: 60_000 }, () => {
  let sallyport: RunningSallyport | undefined;
  let browser: Browser | undefined;
  let page: Page;
  let key = '';
  const complaints: string[] = [];

  beforeAll(async () => {
    if (CHROMIUM === undefined) throw new Error('This test needs Chromium: apt-get install chromium, or set CHROMIUM to its path.');
    if (!existsSync(join(import.meta.dirname, '../../web/dist/index.html'))) throw new Error('The console is not built: npm run build -w web.');
    await mkdir(PICTURES, { recursive: true });
    sallyport = await startSallyport();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'] });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' });
    page.setDefaultTimeout(15_000);
    const { origin } = new URL(sallyport.ready.console);
    page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
    page.on('request', (request) => { if (!request.url().startsWith(origin)) complaints.push(`asks elsewhere: ${request.url()}`); });
    // Refusals that the test provokes are logged by the browser as failed loads; all else is a complaint.
    page.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text()); });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await cleanUp(sallyport);
  });

  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const focused = () => page.locator(':focus');
  const dialog = () => page.getByRole('dialog');
  const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const goTo = async (name: string) => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await heading(name);
  };

  /** One call through the gateway, as an application makes it. */
  const call = (content: string) =>
    fetch(`${sallyport?.ready.gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sandbox-echo', messages: [{ role: 'user', content }] }),
    });

  it('makes the first administrator from the one-time link, and takes the token out of the address', async () => {
    await page.goto(sallyport?.ready.setup ?? '');
    await heading('Set up Sallyport');
    expect(page.url()).toBe(`${sallyport?.ready.console}/setup`);
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Administrator');
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@example.org');
    await page.locator('input[type=password]').nth(0).fill(PASSWORD);
    await page.locator('input[type=password]').nth(1).fill(`${PASSWORD}!`);
    await button('Create administrator').click();
    await page.getByText('The two differ').waitFor();
    await page.locator('input[type=password]').nth(1).fill(PASSWORD);
    await button('Create administrator').click();
    await heading('Overview');
  });

  it('says what to do while there is nothing to see, with the real address of the gateway', async () => {
    await page.getByRole('heading', { name: 'No call in the last 24 hours' }).waitFor();
    await page.getByText(`curl '${sallyport?.ready.gateway}/v1/chat/completions'`).waitFor();
    await picture('overview-empty');
  });

  it('makes an application and a key, which is shown once', async () => {
    await goTo('Applications');
    await button('New application').first().click();
    await button('Create application').click();
    await page.getByText('Name who answers for it').waitFor();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Claims assistant');
    await dialog().getByRole('textbox', { name: 'Owner' }).fill('claims@example.org');
    await dialog().getByRole('textbox', { name: 'Purpose' }).fill('Summarises claims files');
    await button('Create application').click();
    await heading('Claims assistant');
    await button('New key').first().click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('production');
    await button('Create key').click();
    await page.getByText('Copy it now').waitFor();
    key = (await page.getByLabel('Key', { exact: true }).textContent()) ?? '';
    expect(key).toMatch(/^sp_[\w-]{43}$/);
    await picture('key-once');
    await button('I have stored it').click();
    await page.getByRole('row', { name: /production/ }).waitFor();
    expect(await page.content()).not.toContain(key);
  });

  it('shows a call live, and on the keyboard the steps that it walked, without what was matched', async () => {
    await goTo('Traffic');
    const answer = await call(`Please write to ${EMAIL} about the card 4111 1111 1111 1111.`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(EMAIL);
    const row = page.getByRole('row', { name: /Claims assistant.*Transformed/ });
    await row.waitFor();
    await page.keyboard.press('j');
    await row.getByRole('link').and(focused()).waitFor();
    await page.keyboard.press('Enter');
    const steps = page.getByRole('list', { name: 'Steps of this exchange' });
    await steps.waitFor();
    const names = await steps.locator('li[data-step]').evaluateAll((items) => items.map((item) => `${item.getAttribute('data-step')} ${item.getAttribute('data-state')}`));
    expect(names).toEqual(['identify', 'admit', 'read', 'inspect', 'decide', 'transform', 'dispatch', 'answer', 'record'].map((name) => `${name} done`));
    const text = await steps.innerText();
    expect(text).toContain('e-mail address');
    expect(text).toContain('payment card');
    expect(text).toContain('2 values were replaced');
    expect(await page.content()).not.toContain(EMAIL);
    await picture('exchange');
    await page.keyboard.press('Escape');
    await steps.waitFor({ state: 'detached' });
    await row.getByRole('link').and(focused()).waitFor();
  });

  it('shows a refused secret with its reason, and filters by the address', async () => {
    expect((await call(`Use ${SECRET} to sign in.`)).status).toBe(400);
    await page.getByRole('row', { name: /Denied/ }).waitFor();
    await page.goto(`${sallyport?.ready.console}/traffic?effect=deny`);
    await page.getByRole('row', { name: /Denied/ }).getByRole('link').click();
    const stopped = page.locator('[data-step="decide"][data-state="stopped"]');
    await stopped.waitFor();
    expect(await stopped.innerText()).toContain('secret');
    expect(await page.getByRole('row', { name: /Transformed/ }).count()).toBe(0);
    expect(await page.content()).not.toContain(SECRET);
    await page.keyboard.press('Escape');
    await button('Clear filters').click();
    await page.getByRole('row', { name: /Transformed/ }).waitFor();
    expect(page.url()).toBe(`${sallyport?.ready.console}/traffic`);
  });

  it('counts the calls on the overview, each number leading to its calls', async () => {
    await goTo('Overview');
    const refused = page.getByRole('region', { name: 'Totals' }).getByRole('link', { name: /Refused/ });
    await expect.poll(async () => refused.innerText(), { timeout: 15_000 }).toMatch(/Refused\s+1\s+50 % of 2 calls/);
    await page.getByRole('figure', { name: /Calls and decisions/ }).waitFor();
    await picture('overview');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('overview-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await refused.click();
    await heading('Traffic');
    await page.getByRole('row', { name: /Denied/ }).waitFor();
    expect(await page.getByRole('row', { name: /Transformed/ }).count()).toBe(0);
  });

  it('adds an upstream on a private address only when that is allowed', async () => {
    await goTo('Upstreams');
    await button('Add upstream').first().click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('own-model');
    await dialog().getByRole('textbox', { name: 'Base URL' }).fill('http://127.0.0.1:9/v1');
    await dialog().locator('input[type=password]').fill('sk-not-a-real-one-1234');
    await dialog().getByRole('combobox', { name: 'Models' }).fill('own-1');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: 'Add upstream' }).click();
    await page.getByText('This address is private').waitFor();
    await dialog().getByRole('switch', { name: 'May stand on a private or loopback address' }).check();
    await dialog().getByRole('button', { name: 'Add upstream' }).click();
    const row = page.getByRole('row', { name: /own-model/ });
    await row.waitFor();
    expect(await row.innerText()).toContain('…1234');
    await picture('upstreams');
  });

  it('adds one of a provider that is known, which needs no address', async () => {
    await button('Add upstream').first().click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('claude');
    await dialog().getByRole('combobox', { name: 'Provider' }).click();
    await page.getByRole('option', { name: 'Anthropic' }).click();
    await dialog().getByRole('combobox', { name: 'Models' }).fill('claude-a');
    await page.keyboard.press('Enter');
    await dialog().getByRole('textbox', { name: 'Weight' }).fill('3');
    await picture('upstream-form');
    await dialog().getByRole('button', { name: 'Add upstream' }).click();
    const row = page.getByRole('row', { name: /claude/ });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/api\.anthropic\.com[\s\S]*anthropic · priority 0, weight 3/);
  });

  it('loosens a policy only after asking', async () => {
    await goTo('Policies');
    const observe = async (policy: string) => {
      await page.getByRole('region', { name: policy }).getByText('Observe').click();
      await button('Apply').click();
      await dialog().getByRole('button', { name: 'Loosen' }).click();
    };
    await observe('default-base');
    await dialog().getByRole('alert').getByText('always_enforced').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await button('Leave as it is').click();
    await observe('default-personal-data');
    await page.getByText('Observing').waitFor();
    await picture('policies');
  });

  it('sets a budget that the gateway keeps to, shows what is spent, and lifts it again', async () => {
    await goTo('Limits');
    await page.getByText('No limits yet').waitFor();
    await button('Add limit').first().click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('one-call');
    await dialog().getByRole('textbox', { name: 'Allows' }).fill('1');
    await dialog().getByLabel('In a').first().click();
    await page.getByRole('option', { name: 'Month (budget)' }).click();
    await dialog().getByRole('button', { name: 'Add limit' }).click();
    const row = page.getByRole('row', { name: /one-call/ });
    await row.waitFor();
    expect(await row.innerText()).toContain('1 request a month');
    await expect.poll(async () => (await call('hello')).status, { timeout: 10_000 }).toBe(403);
    await row.getByRole('progressbar').waitFor({ timeout: 30_000 });
    await picture('limits');
    await button('Remove one-call').click();
    await dialog().getByRole('button', { name: 'Remove limit' }).click();
    await page.getByText('No limits yet').waitFor();
    await expect.poll(async () => (await call('hello')).status, { timeout: 10_000 }).toBe(200);
  });

  it('revokes a key, and the gateway refuses it', async () => {
    await goTo('Applications');
    await page.getByRole('link', { name: 'Claims assistant', exact: true }).click();
    await button('Revoke key production').click();
    await dialog().getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('Revoked', { exact: true }).waitFor();
    await expect.poll(async () => (await call('Hello')).status, { timeout: 5000 }).toBe(401);
  });

  it('signs out, refuses a wrong password, and leads back to where one was', async () => {
    await button('Account of Ada Administrator').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading('Sign in');
    await page.goto(`${sallyport?.ready.console}/upstreams`);
    await heading('Sign in');
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@example.org');
    await page.locator('input[type=password]').fill('not the password');
    await button('Sign in').click();
    await page.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await heading('Upstreams');
  });

  it('works by shortcuts, and the first tab stop skips to the content', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await heading('Traffic');
    await page.keyboard.press('?');
    await dialog().getByText('Keyboard shortcuts').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Go to' }).fill('claims');
    // Applications join the list when they have been fetched.
    await page.getByRole('option', { name: /Claims assistant/ }).first().waitFor();
    await page.keyboard.press('Enter');
    await heading('Claims assistant');
    await page.reload();
    await heading('Claims assistant');
    await page.keyboard.press('Tab');
    expect(await focused().textContent()).toBe('Skip to content');
  });

  it('gave the browser nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
});

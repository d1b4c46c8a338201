/**
 * Photographs the console's pages against the mock API, in both colour schemes and two widths, and fails on anything that the
 * browser complains about: a script error, a breach of the content security policy, a request that leaves this machine.
 *
 *   node web/dev/screenshots.ts FOLDER [NAME-PART]      needs web/dist and Chromium (CHROMIUM, else /usr/bin/chromium)
 */
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { applications } from './mock-data.ts';
import { startMockApi, type Scenario } from './mock-api.ts';

interface Shot {
  readonly name: string;
  readonly scenario: Scenario;
  readonly path: string;
  readonly act?: (page: Page) => Promise<void>;
}

const press = (name: string) => async (page: Page): Promise<void> => page.getByRole('button', { name, exact: true }).first().click();
const openFirst = (label: string) => async (page: Page): Promise<void> => {
  await page.getByRole('row', { name: label }).first().getByRole('link').first().click();
  await page.getByRole('list', { name: 'Steps of this exchange' }).waitFor();
};

const SHOTS: readonly Shot[] = [
  { name: 'overview', scenario: 'busy', path: '/' },
  { name: 'overview-1h', scenario: 'busy', path: '/?window=1h' },
  { name: 'overview-empty', scenario: 'empty', path: '/' },
  { name: 'overview-down', scenario: 'down', path: '/' },
  { name: 'traffic', scenario: 'busy', path: '/traffic' },
  { name: 'traffic-filtered', scenario: 'busy', path: '/traffic?effect=deny&span=1h' },
  { name: 'traffic-detail', scenario: 'busy', path: '/traffic', act: openFirst('Transformed') },
  { name: 'traffic-refused', scenario: 'busy', path: '/traffic', act: openFirst('GitHub token') },
  { name: 'traffic-empty', scenario: 'empty', path: '/traffic' },
  { name: 'traffic-nothing-matches', scenario: 'busy', path: '/traffic?effect=hold' },
  { name: 'traffic-down', scenario: 'down', path: '/traffic' },
  { name: 'applications', scenario: 'busy', path: '/applications' },
  { name: 'applications-empty', scenario: 'empty', path: '/applications' },
  { name: 'applications-new', scenario: 'busy', path: '/applications', act: press('New application') },
  { name: 'application', scenario: 'busy', path: `/applications/${applications[0]?.id ?? ''}` },
  { name: 'application-key', scenario: 'busy', path: `/applications/${applications[0]?.id ?? ''}`, act: async (page) => {
    await press('New key')(page);
    await press('Create key')(page);
    await page.getByText('Copy it now').waitFor();
  } },
  { name: 'application-revoke', scenario: 'busy', path: `/applications/${applications[0]?.id ?? ''}`, act: press('Revoke key production') },
  { name: 'upstreams', scenario: 'busy', path: '/upstreams' },
  { name: 'upstreams-empty', scenario: 'empty', path: '/upstreams' },
  { name: 'upstreams-add', scenario: 'busy', path: '/upstreams', act: async (page) => {
    await press('Add upstream')(page);
    await page.getByLabel('Base URL').fill('http://10.0.0.4/v1');
    await page.getByRole('dialog').getByRole('button', { name: 'Add upstream' }).click();
  } },
  { name: 'policies', scenario: 'busy', path: '/policies', act: async (page) => { await press('Cedar source')(page); } },
  { name: 'policies-new', scenario: 'busy', path: '/policies', act: async (page) => {
    await press('New policy')(page);
    await page.getByRole('dialog').getByRole('textbox', { name: 'Cedar' }).fill('@id("x")\npermitt (principal, action, resource);');
    await press('Validate')(page);
    await page.getByText('It is not valid').waitFor();
  } },
  { name: 'set-up', scenario: 'setup', path: '/setup#token=mock' },
  { name: 'set-up-no-token', scenario: 'setup', path: '/' },
  { name: 'sign-in', scenario: 'busy', path: '/sign-in', act: async (page) => {
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@example.org');
    await page.locator('input[type=password]').fill('wrong');
    await press('Sign in')(page);
    await page.getByRole('alert').waitFor();
  } },
  { name: 'jump', scenario: 'busy', path: '/policies', act: async (page) => { await page.keyboard.press('/'); await page.getByRole('combobox', { name: 'Go to' }).fill('cla'); } },
  { name: 'shortcuts', scenario: 'busy', path: '/policies', act: async (page) => { await page.keyboard.press('?'); await page.getByRole('dialog').waitFor(); } },
  { name: 'not-found', scenario: 'busy', path: '/nowhere' },
];

const [folder = 'screenshots', part = ''] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const complaints: string[] = [];
for (const shot of SHOTS.filter(({ name }) => name.includes(part))) for (const scheme of ['light', 'dark'] as const) for (const width of [1440, 900]) await photograph(shot, scheme, width);
await browser.close();
for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
process.exitCode = complaints.length === 0 ? 0 : 1;

async function photograph({ name, scenario, path, act }: Shot, scheme: 'light' | 'dark', width: number): Promise<void> {
  const server = await startMockApi(scenario, 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: 'reduce' });
  const label = `${name}-${scheme}-${width}`;
  page.on('pageerror', (error) => complaints.push(`${label}: ${error.message}`));
  page.on('console', (message) => { if (message.type() === 'error' && !/status of (401|404|503|400)/.test(message.text())) complaints.push(`${label}: ${message.text()}`); });
  page.on('request', (request) => { if (!request.url().startsWith(origin)) complaints.push(`${label}: asks ${request.url()}`); });
  try {
    await page.goto(origin + path, { waitUntil: 'load' });
    await page.getByRole('heading', { level: 1 }).or(page.getByRole('heading', { level: 3 })).first().waitFor({ timeout: 8000 });
    await act?.(page);
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"], .mantine-Skeleton-root') === null, undefined, { timeout: 8000 });
  } catch (error) {
    complaints.push(`${label}: ${error instanceof Error ? error.message.split('\n')[0] : 'failed'}`);
  }
  await page.screenshot({ path: join(folder, `${label}.png`), fullPage: act === undefined });
  await page.close();
  server.closeAllConnections();
  server.close();
}

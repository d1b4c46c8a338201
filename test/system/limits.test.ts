/** Limits as a caller meets them whose connections end up at several gateway processes of a machine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient, eventually, type ApiClient } from '../harness/api-client.ts';
import { cleanUp, startSallyport, type RunningSallyport } from '../harness/sallyport.ts';

let sallyport: RunningSallyport;
let api: ApiClient;

beforeAll(async () => {
  sallyport = await startSallyport({ args: ['--workers', '2'] });
  api = apiClient(sallyport.dataFolder);
}, 90_000);
afterAll(() => cleanUp(sallyport));

/** Each over a connection of its own, so that the kernel spreads them. */
async function call(): Promise<number> {
  const response = await fetch(`${sallyport.ready.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sallyport.ready.key ?? ''}`, 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'sandbox-echo', messages: [{ role: 'user', content: 'hello' }], max_tokens: 20 }),
  });
  await response.text();
  return response.status;
}

interface Status {
  readonly snapshotSerial: number;
  readonly gateways: readonly { readonly serial: number }[];
}

const enforced = () => eventually(() => api.request<Status>('GET', '/status'), ({ snapshotSerial, gateways }) => gateways.length === 2 && gateways.every(({ serial }) => serial === snapshotSerial));

describe('limits over the gateways of a machine', () => {
  it('are counted together: neither more than the limit nor less', async () => {
    const name = 'together';
    await api.request('POST', '/limits', { name, scope: 'installation', measure: 'requests', amount: 30, period: 'hour' });
    await enforced();
    const statuses: number[] = [];
    for (let turn = 0; turn < 6; turn++) statuses.push(...(await Promise.all(Array.from({ length: 10 }, call))));
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    await api.request('DELETE', `/limits/${name}`);
    await enforced();
  });

  it('of a budget are spent through leases, and control knows what was spent', async () => {
    const name = 'budget';
    await api.request('POST', '/limits', { name, scope: 'application', measure: 'requests', amount: 20, period: 'month' });
    await enforced();
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn++) statuses.push(...(await Promise.all(Array.from({ length: 10 }, call))));
    const answered = statuses.filter((status) => status === 200).length;
    expect(answered).toBeLessThanOrEqual(20);
    // A gateway may hold a slice that it does not use.
    expect(answered).toBeGreaterThanOrEqual(18);
    expect(new Set(statuses)).toEqual(new Set([200, 403]));
    interface Limit { readonly spending: readonly { readonly spent: number }[] }
    const { spending } = await eventually(() => api.request<Limit>('GET', `/limits/${name}`), (limit) => limit.spending[0]?.spent === answered);
    expect(spending).toHaveLength(1);
  });
});

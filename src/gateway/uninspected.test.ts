/** What detectors cannot read: refused by the built-in policy, or let pass by an administrator and then named. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, prompt } from './testing/client.ts';
import { DEFAULT_POLICIES, sendJson, snapshotOf, startRig, upstreamEntry, wholeAnswer, type Rig } from './testing/rig.ts';

let rig: Rig;
let ended = 0;

beforeAll(async () => { rig = await startRig(); });
afterAll(() => rig.close());

const IMAGE = `data:image/png;base64,${'QUJD'.repeat(30)}`;
const asking = (part: object) => prompt('Look', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Look' }, part] }] });
const picture = (url: string) => asking({ type: 'image_url', image_url: { url } });
const send = async (body: string) => {
  const answer = await post(rig, body);
  ended++;
  return { answer, record: await rig.records.lastClosed(ended) };
};
const observing = () => rig.snapshots.set(snapshotOf({
  upstreams: [upstreamEntry(rig.upstream.baseUrl)],
  policies: DEFAULT_POLICIES.map((policy) => (policy.name === 'default-uninspected' ? { ...policy, mode: 'observe' } : policy)),
}));

describe('what cannot be read', () => {
  it.each([
    ['an image', picture(IMAGE), 'image'],
    ['audio', asking({ type: 'input_audio', input_audio: { data: 'QUJD'.repeat(30), format: 'wav' } }), 'audio'],
    ['a file', asking({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${'QUJD'.repeat(30)}` } }), 'file'],
  ])('is refused by default: %s', async (_name, body, payload) => {
    const { answer, record } = await send(body);
    expect(answer).toMatchObject({ status: 400, code: 'content_policy_violation' });
    expect(answer.headers.get('x-sallyport-uninspected')).toBe(payload);
    expect(record).toMatchObject({ outcome: 'refused', uninspected: [payload], reasons: [{ code: 'content_not_inspectable', policy: 'default-uninspected' }] });
    expect(rig.upstream.seen).toEqual([]);
  });

  it('is no excuse for text: an address of a picture is inspected', async () => {
    const { answer, record } = await send(picture(`https://pictures.example/?token=ghp_${'a1B2c3D4e5F6'.repeat(3)}`));
    expect(answer.status).toBe(400);
    expect(record).toMatchObject({ reasons: [{ code: 'secret_detected' }], findings: [{ kind: 'github_token', roles: ['document'] }] });
    expect(record.uninspected).toBeUndefined();
  });

  it('passes as it is where the policy only observes, and header and record name it', async () => {
    observing();
    rig.upstream.behave((_body, response) => sendJson(response, wholeAnswer('A picture.')));
    const { answer, record } = await send(picture(IMAGE));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-sallyport-uninspected')).toBe('image');
    expect(rig.upstream.seen.at(-1)?.body).toContain(IMAGE);
    expect(record).toMatchObject({ outcome: 'answered', uninspected: ['image'], observed: { effect: 'deny' } });
  });
});

import { describe, expect, it } from 'vitest';
import { createInspector } from '#inspection/index.ts';
import { createPartInspector } from './inspect-parts.ts';
import type { PlacedPart } from './parts.ts';

const inspector = createInspector({ disabled: [] });
const partOf = (text: string, index = 0): PlacedPart =>
  ({ index, container: 0, path: `/${index}`, kind: 'value', role: 'user', trust: 'user', text, start: 0, end: text.length, isNumber: false, traits: undefined, payload: undefined });

/** How many turns others get while the work goes on. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isOver = true;
  return turns;
}

describe('a part inspector', () => {
  it('finds in a long text what its inspector finds in the whole of it, also across slices', async () => {
    for (const shift of [0, 7, 11, 16]) {
      const text = `${'.'.repeat(shift)}${'ann.smith@example.org 4111 1111 1111 1111 '.repeat(1_000)}`;
      const findings = await createPartInspector(inspector).inspect([partOf(text)], 'request', 'app');
      expect(findings.map(({ start, end, kind }) => ({ start, end, kind }))).toEqual(inspector.inspect(text).map(({ start, end, kind }) => ({ start, end, kind })));
      expect(findings.length).toBe(2_000);
    }
  });

  it('lets others have their turns amid a long text and amid many short ones', async () => {
    const parts = createPartInspector(inspector);
    expect(await turnsDuring(parts.inspect([partOf('4111 1111 1111 1112 '.repeat(50_000))], 'request', 'app'))).toBeGreaterThan(100);
    expect(await turnsDuring(parts.inspect(Array.from({ length: 20_000 }, (_, n) => partOf(`${n} words`, n)), 'request', 'app'))).toBeGreaterThan(20);
    expect(await turnsDuring(parts.inspect([partOf('a short text')], 'request', 'app'))).toBeLessThan(3);
  });
});

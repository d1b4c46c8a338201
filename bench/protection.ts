import { createMasker, deriveApplicationKey, type MaskSpan } from '#protection/index.ts';
import type { BenchResult } from './run.ts';

const PROSE = 'Please look at the customer file and email me the summary of what happened in the last quarter. ';
const VALUES = [['ada@example.com', 'email_address'], ['4111 1111 1111 1111', 'payment_card'], ['bob@example.org', 'email_address']] as const;
const KILOBYTE = `${PROSE.repeat(4)}${VALUES[0][0]} ${PROSE.repeat(3)}${VALUES[1][0]} ${PROSE.repeat(3)}${VALUES[2][0]}`.slice(0, 1_050);
const SPANS: readonly MaskSpan[] = VALUES.map(([value, kind]) => ({ start: KILOBYTE.indexOf(value), end: KILOBYTE.indexOf(value) + value.length, kind }));

/** Microseconds of this process's CPU time for one call, after warming. */
function cpuMicroseconds(calls: number, work: (i: number) => void): number {
  for (let i = 0; i < calls; i++) work(i);
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) work(calls + i);
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / calls) * 1_000) / 1_000;
}

/** What masking a prompt of a kilobyte with three values costs, and restoring its answer, whole and in pieces. */
export async function bench(): Promise<BenchResult> {
  const key = deriveApplicationKey(new Uint8Array(32), 'application');
  const mask = (i: number) => {
    const masker = createMasker({ key, conversation: `conversation ${i}`, occupied: [KILOBYTE] });
    return { masker, masked: masker.mask(KILOBYTE, SPANS) };
  };
  const { masker, masked } = mask(0);
  const stream = masker.restorer().stream();
  const pieces = Array.from({ length: Math.ceil(masked.length / 20) }, (_, i) => masked.slice(i * 20, i * 20 + 20));
  return {
    bench: 'protection',
    figures: {
      mask_us_per_kb_with_3_values: cpuMicroseconds(20_000, (i) => mask(i)),
      restore_us_per_kb_with_3_placeholders: cpuMicroseconds(20_000, () => masker.restorer().restore(masked)),
      stream_us_per_kb_in_pieces_of_20: cpuMicroseconds(5_000, () => {
        const whole = masker.restorer().stream();
        for (const piece of pieces) whole.push(piece);
        whole.end();
      }),
      push_us_of_plain_words: cpuMicroseconds(500_000, () => stream.push('and so it goes, ')),
      key_us: cpuMicroseconds(5_000, (i) => deriveApplicationKey(new Uint8Array(32), `application ${i}`)),
    },
  };
}

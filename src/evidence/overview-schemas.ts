import { z } from 'zod';

export const overviewQuery = z.object({ window: z.enum(['1h', '24h', '7d']).default('24h') });
export type OverviewWindow = z.infer<typeof overviewQuery>['window'];

const count = z.number().int();
const micros = z.number().nullable();

export const overview = z
  .object({
    from: z.string(),
    to: z.string(),
    stepSeconds: count,
    denominators: z.object({ exchanges: count }),
    totals: z.object({
      exchanges: count, answered: count, refused: count, failed: count, aborted: count, interrupted: count, transformed: count, masked: count, findings: count,
    }),
    series: z.array(z.object({ at: z.string(), answered: count, refused: count, failed: count, transformed: count, p50Micros: micros, p99Micros: micros })),
    findings: z.array(z.object({ kind: z.string(), label: z.string(), total: count, series: z.array(z.object({ at: z.string(), count })) })),
    applications: z.array(z.object({ id: z.string(), name: z.string(), exchanges: count, refused: count })),
    latency: z.object({ p50Micros: micros, p99Micros: micros, addedP50Micros: micros, addedP99Micros: micros }),
  })
  .meta({ id: 'Overview' });

export type Overview = z.infer<typeof overview>;

/** Limits and budgets as configuration, and the leases by which gateways spend budgets. */
import type { FastifyRequest } from 'fastify';
import type { AdministrativeEvent } from '#evidence/index.ts';
import { systemClock } from '#platform/clock.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { LimitsSection } from '../../shapes.ts';
import type { LimitContext } from './change-limits.ts';
import { readPrices } from './read-prices.ts';
import { createRoutes } from './routes.ts';
import { forgetLeases, readLimits } from './store.ts';
import type { LimitTables } from './tables.ts';

export interface Limits {
  /** The snapshot's section. */
  section(): Promise<LimitsSection>;
  /** Forgets leases of periods that are long over. Called by the hour. */
  tidy(): Promise<void>;
  readonly routes: (server: HttpServer) => void;
}

export interface LimitsNeeds {
  readonly database: Database;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  readonly subjectExists: LimitContext['subjectExists'];
  /** @returns the plain id of the gateway that was authenticated */
  readonly gatewayOf: (request: FastifyRequest) => string;
}

/** Two months and some days: no period that goes on was last told of so long ago. */
const KEEP_MS = 65 * 86_400_000;

export function createLimits({ database, recordEvent, subjectExists, gatewayOf }: LimitsNeeds): Limits {
  const context: LimitContext = { database: database.withTables<LimitTables>(), recordEvent, subjectExists };
  const prices = readPrices();
  return {
    section: async () => ({
      limits: (await readLimits(context.database.kysely)).map(({ id, name, scope, subject, measure, amount, period, currency, unknown_price }) => ({
        id, name, scope, subject, measure, amount, period, currency, unknownPrice: unknown_price,
      })),
      prices,
    }),
    tidy: () => forgetLeases(context.database.kysely, new Date(systemClock.now() - KEEP_MS).toISOString()),
    routes: createRoutes(context, gatewayOf),
  };
}

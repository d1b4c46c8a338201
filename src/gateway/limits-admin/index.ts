/** Limits and budgets as configuration, and the leases by which gateways spend budgets. */
import type { FastifyRequest } from 'fastify';
import type { AdministrativeEvent } from '#evidence/index.ts';
import type { Database, Tx } from '#platform/database/index.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { LimitsSection } from '../../shapes.ts';
import type { LimitContext } from './change-limits.ts';
import { readPrices } from './read-prices.ts';
import { createRoutes } from './routes.ts';
import { readLimits } from './store.ts';
import type { LimitTables } from './tables.ts';

export interface Limits {
  /** The snapshot's section. */
  section(): Promise<LimitsSection>;
  readonly routes: (server: HttpServer) => void;
}

export interface LimitsNeeds {
  readonly database: Database;
  readonly recordEvent: (tx: Tx, event: AdministrativeEvent) => Promise<void>;
  readonly subjectExists: LimitContext['subjectExists'];
  /** @returns the plain id of the gateway that was authenticated */
  readonly gatewayOf: (request: FastifyRequest) => string;
}

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
    routes: createRoutes(context, gatewayOf),
  };
}

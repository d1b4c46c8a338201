import type { Clock } from '#platform/clock.ts';
import type { Database } from '#platform/database/index.ts';
import { notFound } from '#platform/errors.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId } from '#platform/ids.ts';
import { z } from 'zod';
import { exchangeDetail, exchangeList, exchangesQuery } from './exchange-schemas.ts';
import { overview, overviewQuery } from './overview-schemas.ts';
import { findExchange, listExchanges } from './read-exchanges.ts';
import { readOverview } from './read-overview.ts';
import { shapeDetail } from './shape-exchange.ts';

interface RouteNeeds {
  readonly database: Database;
  readonly gatewayName: (id: string) => Promise<string | undefined>;
  readonly clock: Clock;
}

export const createRoutes = ({ database, gatewayName, clock }: RouteNeeds) => (server: HttpServer): void => {
  server.get(
    '/api/v1/exchanges',
    { config: { access: 'signed-in' }, schema: { tags: ['evidence'], summary: 'Exchanges, newest first', querystring: exchangesQuery, response: { 200: exchangeList } } },
    (request) => listExchanges(database.kysely, request.query),
  );

  server.get(
    '/api/v1/exchanges/:id',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['evidence'], summary: 'One exchange', params: z.object({ id: z.string().max(60) }), response: { 200: exchangeDetail } },
    },
    async (request) => {
      const row = await findExchange(database.kysely, fromPublicId('exc', request.params.id));
      if (!row) throw notFound('This exchange');
      return shapeDetail(row, (await gatewayName(row.gateway)) ?? '');
    },
  );

  server.get(
    '/api/v1/overview',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['evidence'], summary: 'What happened in a window of time, from the counts', querystring: overviewQuery, response: { 200: overview } },
    },
    (request) => readOverview(database.kysely, request.query.window, clock.now()),
  );
};

import { actorOf } from '#identity/index.ts';
import { systemClock } from '#platform/clock.ts';
import { notFound } from '#platform/errors.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import type { FastifyRequest } from 'fastify';
import { periodOf } from '../limits/period.ts';
import { PATHS } from '../protocol.ts';
import { changeAmount, createLimit, removeLimit, type LimitContext, type LimitKey } from './change-limits.ts';
import { leaseBudgets } from './lease-budgets.ts';
import { leaseAnswer, leaseRequest, limit, limitChange, limitParams, limits, newLimit, nothing } from './schemas.ts';
import { findLimit, readLimits, readSpending, type Spending } from './store.ts';
import type { LimitRow } from './tables.ts';

const tags = ['limits'];

/** @param gatewayOf the plain id of the gateway that was authenticated */
export const createRoutes = (context: LimitContext, gatewayOf: (request: FastifyRequest) => string) => (server: HttpServer): void => {
  const { kysely } = context.database;
  const spendingNow = () => {
    const now = systemClock.now();
    return readSpending(kysely, [periodOf('day', now), periodOf('month', now)]);
  };
  const shapeOne = async (row: LimitRow) => shape(row, await spendingNow());

  server.get('/api/v1/limits', { config: { access: 'signed-in' }, schema: { tags, summary: 'Limits and budgets', response: { 200: limits } } }, async () => {
    const spending = await spendingNow();
    return { items: (await readLimits(kysely)).map((row) => shape(row, spending)) };
  });

  server.post(
    '/api/v1/limits',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Add a limit or budget', body: newLimit, response: { 201: limit } } },
    async (request, reply) => {
      const { subject, unknownPrice: unknown_price, ...rest } = request.body;
      const row = await createLimit(context, actorOf(request), { ...rest, unknown_price, subject: subject === null ? null : plainSubject(rest.scope, subject) });
      return reply.status(201).send(await shapeOne(row));
    },
  );

  server.get(
    '/api/v1/limits/:id',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'One limit', params: limitParams, response: { 200: limit } } },
    async (request) => {
      const row = await findLimit(kysely, keyOf(request.params.id));
      if (row === undefined) throw notFound('This limit');
      return shapeOne(row);
    },
  );

  server.patch(
    '/api/v1/limits/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Change how much a limit allows', params: limitParams, body: limitChange, response: { 200: limit } } },
    async (request) => shapeOne(await changeAmount(context, actorOf(request), { key: keyOf(request.params.id), amount: request.body.amount })),
  );

  server.delete(
    '/api/v1/limits/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Remove a limit', params: limitParams, response: { 204: nothing } } },
    async (request, reply) => {
      await removeLimit(context, actorOf(request), keyOf(request.params.id));
      return reply.status(204).send(undefined);
    },
  );

  server.post(
    PATHS.budgetLeases,
    { config: { access: 'gateway' }, schema: { body: leaseRequest, response: { 200: leaseAnswer } } },
    async (request) => {
      const { granted } = await leaseBudgets({ database: context.database, clock: systemClock }, gatewayOf(request), request.body);
      return { granted: [...granted] };
    },
  );
};

/** Names of limits hold no underscore, so that no name looks like an id. */
const keyOf = (idOrName: string): LimitKey => (idOrName.startsWith('lim_') ? { id: fromPublicId('lim', idOrName) } : { name: idOrName });

const PREFIX = { key: 'key', application: 'app' } as const;
const plainSubject = (scope: LimitRow['scope'], id: string): string => (scope === 'installation' ? id : fromPublicId(PREFIX[scope], id));
const publicSubject = (scope: LimitRow['scope'], id: string | null): string | null => (id === null || id === '' || scope === 'installation' ? null : toPublicId(PREFIX[scope], id));

function shape(row: LimitRow, spending: readonly Spending[]) {
  const { id, name, scope, subject, measure, amount, period, currency } = row;
  const own = spending.filter(({ usage_limit }) => usage_limit === id);
  return {
    id: toPublicId('lim', id), name, scope, subject: publicSubject(scope, subject), measure, amount, period, currency, unknownPrice: row.unknown_price, createdAt: row.created_at,
    spending: own.map((one) => ({ subject: publicSubject(scope, one.subject), spent: one.spent, held: one.granted })),
  };
}

import { actorOf } from '#identity/index.ts';
import { notFound } from '#platform/errors.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { fromPublicId, toPublicId } from '#platform/ids.ts';
import type { z } from 'zod';
import { changePolicy, createPolicy, removePolicy, type PolicyChange, type PolicyContext, type PolicyKey } from './change-policies.ts';
import { newPolicy, nothing, policies, policy, policyChange, policyParams, policyText, validation } from './schemas.ts';
import { findPolicy, readPolicies } from './store.ts';
import type { PolicyRow } from './tables.ts';
import { validatePolicy } from './validate-policy.ts';

const tags = ['policies'];

export const createRoutes = (context: PolicyContext) => (server: HttpServer): void => {
  server.get(
    '/api/v1/policies',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Policies', response: { 200: policies } } },
    async () => ({ items: (await readPolicies(context.database.kysely)).map(shape) }),
  );

  server.post(
    '/api/v1/policies',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Add a policy', body: newPolicy, response: { 201: policy } } },
    async (request, reply) => reply.status(201).send(shape(await createPolicy(context, actorOf(request), request.body))),
  );

  server.post(
    '/api/v1/policies/validate',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Check a policy without saving it', body: policyText, response: { 200: validation } } },
    (request) => {
      const errors = [...validatePolicy(request.body.cedar)];
      return { ok: errors.length === 0, errors };
    },
  );

  server.get(
    '/api/v1/policies/:id',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'One policy', params: policyParams, response: { 200: policy } } },
    async (request) => {
      const row = await findPolicy(context.database.kysely, keyOf(request.params.id));
      if (!row) throw notFound('This policy');
      return shape(row);
    },
  );

  server.patch(
    '/api/v1/policies/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Change a policy', params: policyParams, body: policyChange, response: { 200: policy } } },
    async (request) => shape(await changePolicy(context, actorOf(request), { key: keyOf(request.params.id), change: readChange(request.body) })),
  );

  server.delete(
    '/api/v1/policies/:id',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Remove a policy', params: policyParams, response: { 204: nothing } } },
    async (request, reply) => {
      await removePolicy(context, actorOf(request), keyOf(request.params.id));
      return reply.status(204).send(undefined);
    },
  );
};

/** Names of policies hold no underscore, so that no name looks like an id. */
const keyOf = (idOrName: string): PolicyKey => (idOrName.startsWith('pol_') ? { id: fromPublicId('pol', idOrName) } : { name: idOrName });

function readChange({ mode, sharePercent, cedar }: z.infer<typeof policyChange>): PolicyChange {
  return { ...(mode === undefined ? {} : { mode }), ...(sharePercent === undefined ? {} : { sharePercent }), ...(cedar === undefined ? {} : { cedar }) };
}

function shape({ id, name, description, cedar, mode, share_percent, built_in, updated_at }: PolicyRow) {
  return { id: toPublicId('pol', id), name, description, cedar, mode, sharePercent: share_percent, builtIn: built_in, updatedAt: updated_at };
}

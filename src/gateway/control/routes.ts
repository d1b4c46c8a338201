import { AppError } from '#platform/errors.ts';
import type { HttpServer } from '#platform/http/index.ts';
import { toPublicId } from '#platform/ids.ts';
import { actorOf } from '#identity/index.ts';
import { BATCH_MEDIA_TYPE, LIMITS, PATHS, type Heartbeat } from '../protocol.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import { enrolGateway, issueToken, type EnrolmentNeeds } from './enrol-gateway.ts';
import type { Registry } from './registry.ts';
import {
  acknowledgement, enrolmentAnswer, enrolmentRequest, gateways, heartbeat, issuedToken, newToken, nothing, sectionParams, sectionQuery, signedManifest, snapshotQuery,
} from './schemas.ts';
import type { SnapshotBuilder } from './snapshot-builder.ts';
import { takeRecords, type IntakeNeeds } from './take-records.ts';

export interface RouteNeeds {
  readonly enrolment: EnrolmentNeeds;
  readonly intake: IntakeNeeds;
  readonly registry: Registry;
  readonly builder: SnapshotBuilder;
  readonly enrolmentLimit: AttemptLimit;
}

/** A batch and its describing line. */
const RECORDS_BODY_MAX = LIMITS.batchBytes + 64 * 1024;

/** What gateways call (`/internal/v1`) and what people call about them (`/api/v1`). */
export const createRoutes = (needs: RouteNeeds) => (server: HttpServer): void => {
  enrolmentRoute(server, needs);
  snapshotRoutes(server, needs);
  recordRoutes(server, needs);
  administrationRoutes(server, needs);
};

function enrolmentRoute(server: HttpServer, { enrolment, enrolmentLimit }: RouteNeeds): void {
  server.post(PATHS.enrolment, { config: { access: 'public' }, schema: { body: enrolmentRequest, response: { 201: enrolmentAnswer } } }, async (request, reply) => {
    if (enrolmentLimit.isReached(request.ip)) throw new AppError(429, 'too_many_attempts', 'Too many failed enrolments. Wait a minute.');
    try {
      return await reply.code(201).send(await enrolGateway(enrolment, request.body));
    } catch (error) {
      enrolmentLimit.failed(request.ip);
      throw error;
    }
  });
}

function snapshotRoutes(server: HttpServer, { registry, builder }: RouteNeeds): void {
  server.get(PATHS.snapshot, { config: { access: 'gateway' }, schema: { querystring: snapshotQuery, response: { 200: signedManifest, 204: nothing } } }, async (request, reply) => {
    const { after, wait } = request.query;
    const isNew = await builder.waitBeyond(after, wait * 1_000);
    if (!isNew) return reply.code(204).send();
    return builder.manifestFor(registry.gatewayOf(request));
  });

  server.get(
    `${PATHS.section}/:name`,
    { config: { access: 'gateway' }, schema: { params: sectionParams, querystring: sectionQuery } },
    async (request, reply) => {
      const text = await builder.section(registry.gatewayOf(request), request.params.name, request.query.digest);
      return reply.type('application/json').send(text);
    },
  );
}

function recordRoutes(server: HttpServer, { registry, intake }: RouteNeeds): void {
  // The media type is known within this scope alone: no other route takes such a body.
  void server.register(async (scope) => {
    scope.addContentTypeParser(BATCH_MEDIA_TYPE, { parseAs: 'buffer', bodyLimit: RECORDS_BODY_MAX }, (_request, body, done) => done(null, body));
    scope.post(PATHS.records, { config: { access: 'gateway' }, bodyLimit: RECORDS_BODY_MAX, schema: { response: { 200: acknowledgement } } }, async (request) => {
      if (!Buffer.isBuffer(request.body)) throw new AppError(415, 'unsupported_media_type', `Send records as ${BATCH_MEDIA_TYPE}.`);
      return { acknowledged: await takeRecords(intake, registry.gatewayOf(request), request.body) };
    });
  });

  server.post(PATHS.heartbeat, { config: { access: 'gateway' }, schema: { body: heartbeat, response: { 204: nothing } } }, async (request, reply) => {
    await registry.heartbeat(registry.gatewayOf(request), request.body as Heartbeat);
    return reply.code(204).send();
  });
}

function administrationRoutes(server: HttpServer, { enrolment, registry }: RouteNeeds): void {
  const tags = ['gateways'];
  server.get(
    '/api/v1/gateways',
    { config: { access: 'signed-in' }, schema: { tags, summary: 'Gateways, oldest first', response: { 200: gateways } } },
    async () => ({ items: (await registry.list()).map((view) => ({ ...view, id: toPublicId('gw', view.id) })) }),
  );

  server.post(
    '/api/v1/gateways/enrolment-tokens',
    { config: { access: 'administrator' }, schema: { tags, summary: 'Make a one-time token that enrols a gateway', body: newToken, response: { 201: issuedToken } } },
    async (request, reply) => reply.code(201).send(await issueToken(enrolment, request.body.name, actorOf(request))),
  );
}

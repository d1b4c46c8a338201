import type { FastifyRequest } from 'fastify';
import { systemClock, type Clock } from '#platform/clock.ts';
import type { SigningKey } from '#platform/crypto/signing.ts';
import type { Database } from '#platform/database/index.ts';
import type { HttpServer } from '#platform/http/index.ts';
import type { Log } from '#platform/log.ts';
import { toPublicId } from '#platform/ids.ts';
import type { Evidence } from '#evidence/index.ts';
import { SYSTEM } from '#identity/index.ts';
import type { Registry } from 'prom-client';
import type { ClosedRecord } from '../../shapes.ts';
import { createExchangeMetrics } from '../metrics/exchange-metrics.ts';
import { registerGatewayMetrics } from '../metrics/gateway-metrics.ts';
import type { UpstreamState } from '../protocol.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import { issueToken, type IssuedToken } from './enrol-gateway.ts';
import { createRegistry, type GatewayView } from './registry.ts';
import { createRoutes } from './routes.ts';
import { createSnapshotBuilder, type SectionSources } from './snapshot-builder.ts';
import { findGateway } from './store.ts';
import type { GatewayTables } from './tables.ts';

export interface GatewaysNeeds {
  readonly database: Database;
  readonly log: Log;
  readonly evidence: Pick<Evidence, 'storeRecords' | 'storeAlarm' | 'recordEvent'>;
  readonly sections: SectionSources;
  /** Signs manifests; gateways pin its public half when they enrol. */
  readonly signingKey: SigningKey;
  readonly installation: string;
  readonly clock?: Clock;
  /** How long a gateway may enforce a snapshot without hearing from control; default one day. */
  readonly maxAgeSeconds?: number;
}

/** The control plane's side of all gateways: who they are, what they must enforce, what they recorded. */
export interface Gateways {
  /** Reads the configuration and watches it; gateways are served from then on. */
  start(): Promise<void>;
  /** Lets waiting gateways go. */
  stop(): void;
  readonly routes: (server: HttpServer) => void;
  /** Counts from now on what gateways record, and shows how they are. */
  measure(registry: Registry): void;
  /** Access `gateway`: by the secret that enrolment gave. @throws AppError `gateway_unknown` (401) */
  authenticate(request: FastifyRequest): Promise<void>;
  /** @returns gateways with public ids */
  status(): Promise<{ readonly snapshotSerial: number; readonly gateways: readonly GatewayView[] }>;
  /** By plain upstream id, as connected gateways see it. */
  upstreamHealth(): Promise<ReadonlyMap<string, UpstreamState>>;
  /** The gateway that `authenticate` found for this request: its plain id. */
  gatewayOf(request: FastifyRequest): string;
  gatewayName(id: string): Promise<string | undefined>;
  /** A one-time token for a gateway that control itself starts. */
  createEnrolmentToken(name: string): Promise<IssuedToken>;
  /** Whether this installation enrolled a gateway of this plain id. */
  isEnrolled(id: string): Promise<boolean>;
}

/** A minute's failed enrolments from one address. */
const FAILED_ENROLMENTS_MAX = 20;

export function createGateways(needs: GatewaysNeeds): Gateways {
  const { log, evidence, installation, signingKey, clock = systemClock } = needs;
  const database = needs.database.withTables<GatewayTables>();
  const registry = createRegistry(database, clock);
  const builder = createSnapshotBuilder({ ...needs, clock });
  const enrolment = { database, evidence, clock, installation, publicKey: signingKey.publicKey };
  const enrolmentLimit = createAttemptLimit(FAILED_ENROLMENTS_MAX, clock);
  let onStored: (record: ClosedRecord) => void = () => {};
  return {
    measure: (metrics) => {
      onStored = createExchangeMetrics(metrics);
      registerGatewayMetrics(metrics, () => registry.states());
    },
    start: () => builder.start(),
    stop: () => builder.stop(),
    routes: createRoutes({ enrolment, intake: { database, evidence, clock, log, onStored: (record) => onStored(record) }, registry, builder, enrolmentLimit }),
    authenticate: (request) => registry.authenticate(request),
    status: async () => ({
      snapshotSerial: builder.serial(),
      gateways: (await registry.list()).map((view) => ({ ...view, id: toPublicId('gw', view.id) })),
    }),
    upstreamHealth: () => registry.upstreamHealth(),
    gatewayOf: (request) => registry.gatewayOf(request).id,
    gatewayName: (id) => registry.nameOf(id),
    createEnrolmentToken: (name) => issueToken(enrolment, name, SYSTEM),
    isEnrolled: async (id) => (await findGateway(database.kysely, id)) !== undefined,
  };
}

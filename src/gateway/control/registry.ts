import type { FastifyRequest } from 'fastify';
import type { Clock } from '#platform/clock.ts';
import { sha256Hex } from '#platform/crypto/digest.ts';
import type { Database } from '#platform/database/index.ts';
import { unauthorised } from '#platform/errors.ts';
import type { NamedState } from '../metrics/gateway-metrics.ts';
import type { Heartbeat, UpstreamState } from '../protocol.ts';
import { findGateway, findGatewayByBearer, readGateways, readStreamTotals, storeHeartbeat } from './store.ts';
import type { GatewayTables } from './tables.ts';

/** A gateway that proved who it is. */
export interface KnownGateway {
  readonly id: string;
  readonly name: string;
  readonly signingKey: string;
  readonly sealingKey: string;
}

export interface GatewayView {
  readonly id: string;
  readonly name: string;
  readonly enrolledAt: string;
  readonly connected: boolean;
  readonly lastSeenAt: string | null;
  readonly serial: number;
  readonly version: string | null;
  readonly inFlight: number;
  readonly spoolBytes: number;
  readonly unsent: number;
  readonly records: { readonly acknowledged: number; readonly gaps: number };
}

/** What control knows of its gateways. */
export interface Registry {
  /** @throws AppError `gateway_unknown` (401) */
  authenticate(request: FastifyRequest): Promise<void>;
  /** The gateway that `authenticate` found for this request. */
  gatewayOf(request: FastifyRequest): KnownGateway;
  heartbeat(gateway: KnownGateway, heartbeat: Heartbeat): Promise<void>;
  list(): Promise<GatewayView[]>;
  nameOf(id: string): Promise<string | undefined>;
  /** By upstream id: failing where any connected gateway says so, else healthy where any does. */
  upstreamHealth(): Promise<ReadonlyMap<string, UpstreamState>>;
  /** What connected gateways last said of themselves. */
  states(): Promise<NamedState[]>;
}

const BEARER = /^Bearer (spg_[A-Za-z0-9_-]{43})$/;
/** An identity never changes, so that it is asked for once a minute and not for every batch. */
const REMEMBER_MS = 60_000;
const REMEMBERED_MAX = 10_000;
/** Five heartbeats. */
const CONNECTED_MS = 10_000;
/** A heartbeat that says nothing new is stored this often; news are stored at once. */
const STORE_EVERY_MS = 5_000;

interface Seen {
  readonly at: number;
  readonly storedAt: number;
  readonly content: string;
}

export function createRegistry(database: Database<GatewayTables>, clock: Clock): Registry {
  const known = new Map<string, { gateway: KnownGateway; until: number }>();
  const requests = new WeakMap<FastifyRequest, KnownGateway>();
  const seen = new Map<string, Seen>();

  const find = async (secret: string): Promise<KnownGateway | undefined> => {
    const hash = sha256Hex(secret);
    const remembered = known.get(hash);
    if (remembered && clock.now() < remembered.until) return remembered.gateway;
    const row = await findGatewayByBearer(database.kysely, hash);
    if (!row) return undefined;
    const gateway = { id: row.id, name: row.name, signingKey: row.signing_key, sealingKey: row.sealing_key };
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(hash, { gateway, until: clock.now() + REMEMBER_MS });
    return gateway;
  };
  const rows = () => readGateways(database.kysely);
  const isConnected = (lastSeenAt: string | null) => lastSeenAt !== null && clock.now() - Date.parse(lastSeenAt) < CONNECTED_MS;

  return {
    async authenticate(request) {
      const secret = BEARER.exec(request.headers.authorization ?? '')?.[1];
      const gateway = secret === undefined ? undefined : await find(secret);
      if (!gateway) throw unauthorised('gateway_unknown', 'This is no gateway that control enrolled.');
      requests.set(request, gateway);
    },
    gatewayOf(request) {
      const gateway = requests.get(request);
      if (!gateway) throw new Error('A route of gateways was reached without authentication.');
      return gateway;
    },
    async heartbeat(gateway, heartbeat) {
      const at = clock.now();
      const before = seen.get(gateway.id);
      const content = contentOf(heartbeat);
      const isDue = before === undefined || before.content !== content || at - before.storedAt >= STORE_EVERY_MS;
      seen.set(gateway.id, { at, storedAt: isDue ? at : before.storedAt, content });
      if (isDue) await storeHeartbeat(database.kysely, gateway.id, { at: new Date(at).toISOString(), state: heartbeat });
    },
    async list() {
      const totals = new Map((await readStreamTotals(database.kysely)).map((total) => [total.gateway, total]));
      return (await rows()).map(({ id, name, enrolled_at, last_seen_at, state }) => ({
        id,
        name,
        enrolledAt: enrolled_at,
        connected: isConnected(last_seen_at),
        lastSeenAt: last_seen_at,
        serial: state?.serial ?? 0,
        version: state?.version ?? null,
        inFlight: state?.inFlight ?? 0,
        spoolBytes: state?.spool.bytes ?? 0,
        unsent: state?.spool.unsent ?? 0,
        records: { acknowledged: totals.get(id)?.acknowledged ?? 0, gaps: totals.get(id)?.gaps ?? 0 },
      }));
    },
    nameOf: async (id) => (await findGateway(database.kysely, id))?.name,
    states: async () => (await rows()).flatMap(({ name, last_seen_at, state }) => (state && isConnected(last_seen_at) ? [{ gateway: name, state }] : [])),
    async upstreamHealth() {
      const health = new Map<string, UpstreamState>();
      for (const { last_seen_at, state } of await rows()) {
        if (!isConnected(last_seen_at)) continue;
        for (const upstream of state?.upstreams ?? []) health.set(upstream.id, worse(health.get(upstream.id), upstream));
      }
      return health;
    },
  };
}

/** What is news: numbers that always move are not. */
const contentOf = ({ version, serial, epoch, upstreams, spool }: Heartbeat): string =>
  JSON.stringify([version, serial, epoch, spool.stopped, upstreams.map(({ id, state, error, circuit }) => [id, state, error, circuit])]);

const SEVERITY = { unknown: 0, healthy: 1, failing: 2 } as const;

const worse = (a: UpstreamState | undefined, b: UpstreamState): UpstreamState => (a && SEVERITY[a.state] >= SEVERITY[b.state] ? a : b);

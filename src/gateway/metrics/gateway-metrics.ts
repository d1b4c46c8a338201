/** How a gateway is, asked for when somebody looks. */
import { Gauge, type Registry } from 'prom-client';
import type { Heartbeat } from '../protocol.ts';

interface GaugeOf<T> {
  readonly name: string;
  readonly help: string;
  readonly read: (state: T) => number;
}

const GAUGES: readonly GaugeOf<Omit<Heartbeat, 'upstreams'>>[] = [
  { name: 'sallyport_exchanges_in_flight', help: 'Exchanges under way.', read: ({ inFlight }) => inFlight },
  { name: 'sallyport_snapshot_serial', help: 'Serial of the configuration in force.', read: ({ serial }) => serial },
  { name: 'sallyport_spool_bytes', help: 'Bytes of records on the disk of the gateway.', read: ({ spool }) => spool.bytes },
  { name: 'sallyport_spool_unsent_records', help: 'Records that control has not yet.', read: ({ spool }) => spool.unsent },
  { name: 'sallyport_spool_stopped', help: '1 when control refused what the gateway sent.', read: ({ spool }) => Number(spool.stopped) },
];

const UPSTREAM_GAUGES: readonly GaugeOf<Heartbeat['upstreams'][number]>[] = [
  { name: 'sallyport_upstream_healthy', help: '1 when its last call succeeded.', read: ({ state }) => Number(state === 'healthy') },
  { name: 'sallyport_upstream_circuit_open', help: '1 when no calls go to it, 0.5 when one at a time does.', read: ({ circuit }) => (circuit === 'open' ? 1 : circuit === 'half_open' ? 0.5 : 0) },
  { name: 'sallyport_upstream_in_flight', help: 'Calls under way.', read: ({ inFlight = 0 }) => inFlight },
];

export interface NamedState {
  /** Name of the gateway. */
  readonly gateway: string;
  readonly state: Heartbeat;
}

/** @param read the gateways to show: one's own, or those that control hears from */
export function registerGatewayMetrics(registry: Registry, read: () => readonly NamedState[] | Promise<readonly NamedState[]>): void {
  for (const { name, help, read: value } of GAUGES) {
    define(registry, { name, help, labelNames: ['gateway'] }, async (gauge) => {
      for (const { gateway, state } of await read()) gauge.set({ gateway }, value(state));
    });
  }
  for (const { name, help, read: value } of UPSTREAM_GAUGES) {
    define(registry, { name, help, labelNames: ['gateway', 'upstream'] }, async (gauge) => {
      for (const { gateway, state } of await read()) for (const upstream of state.upstreams) gauge.set({ gateway, upstream: upstream.name }, value(upstream));
    });
  }
}

/** What is gone since the last look (a gateway, an upstream) is not shown any more. */
function define(registry: Registry, options: { readonly name: string; readonly help: string; readonly labelNames: string[] }, fill: (gauge: Gauge) => Promise<void>): void {
  new Gauge({
    ...options,
    registers: [registry],
    async collect() {
      this.reset();
      await fill(this);
    },
  });
}

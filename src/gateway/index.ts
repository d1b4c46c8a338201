/** The gateway's front door for the control plane; the gateway process enters by data-plane.ts. */
export { createGateways, type Gateways, type GatewaysNeeds } from './control/gateways.ts';
export { createUpstreams, type Upstreams } from './upstream-admin/index.ts';

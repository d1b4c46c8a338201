/** The gateway's front door for the control plane; the gateway process enters by data-plane.ts. */
export { createGateways, type Gateways, type GatewaysNeeds } from './control/gateways.ts';
export { createSupervisor, type Supervisor } from './control/supervisor.ts';
export { createLimits, type Limits } from './limits-admin/index.ts';
export { createUpstreams, type Upstreams } from './upstream-admin/index.ts';
export { gateway as gatewaySchema } from './control/schemas.ts';

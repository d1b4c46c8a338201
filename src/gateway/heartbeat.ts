import type { Log } from '#platform/log.ts';
import type { ControlClient } from './control-client.ts';
import { LIMITS, type Heartbeat } from './protocol.ts';

export interface HeartbeatNeeds {
  readonly control: Pick<ControlClient, 'heartbeat'>;
  readonly state: () => Heartbeat;
  readonly log: Log;
}

/** Tells control every two seconds how this gateway is. What fails is tried again at the next beat. @returns ends it */
export function startHeartbeat({ control, state, log }: HeartbeatNeeds): () => void {
  let underWay = false;
  const beat = () => {
    if (underWay) return;
    underWay = true;
    control
      .heartbeat(state())
      .catch((error: unknown) => log.debug({ err: error }, 'control did not take a heartbeat'))
      .finally(() => { underWay = false; });
  };
  beat();
  const timer = setInterval(beat, LIMITS.heartbeatMs);
  return () => clearInterval(timer);
}

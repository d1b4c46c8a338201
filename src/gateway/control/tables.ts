import type { Heartbeat } from '../protocol.ts';

export interface GatewayTables {
  'gateway.gateway': GatewayRow;
  'gateway.enrolment_token': EnrolmentTokenRow;
  'gateway.stream': StreamRow;
}

export interface GatewayRow {
  id: string;
  name: string;
  bearer_hash: string;
  signing_key: string;
  sealing_key: string;
  enrolled_at: string;
  last_seen_at: string | null;
  state: Heartbeat | null;
}

export interface EnrolmentTokenRow {
  hash: string;
  name: string;
  created_at: string;
  expires_at: string;
  used_at: string | null;
  gateway: string | null;
}

export interface StreamRow {
  gateway: string;
  epoch: string;
  high_water: number;
  final: boolean;
  gaps: number;
  updated_at: string;
}

import type { UpstreamEntry } from '../../shapes.ts';

export interface UpstreamTables {
  'gateway.upstream': UpstreamRow;
}

export type UpstreamSource = 'api' | 'environment' | 'built-in';

export interface UpstreamRow {
  id: string;
  name: string;
  kind: UpstreamEntry['kind'];
  base_url: string;
  api_version: string | null;
  models: string[];
  allow_private: boolean;
  priority: number;
  weight: number;
  attempts: number;
  max_in_flight: number;
  source: UpstreamSource;
  timeouts: UpstreamEntry['timeouts'];
  /** Encrypted; see credential-vault.ts. */
  credential: string | null;
  credential_last_four: string | null;
  created_at: string;
}

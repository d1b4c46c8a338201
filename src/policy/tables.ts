import type { PolicyEntry, PolicyMode } from '../shapes.ts';

export interface PolicyTables {
  'policy.policy': PolicyRow;
  'policy.version': VersionRow;
}

export interface PolicyRow {
  id: string;
  name: string;
  description: string;
  cedar: string;
  mode: PolicyMode;
  share_percent: number;
  built_in: boolean;
  created_at: string;
  updated_at: string;
}

export interface VersionRow {
  digest: string;
  schema: string;
  entries: PolicyEntry[];
  first_at: string;
}

/** Rows of the schema `identity`; times are ISO text (see platform/database/value-types.ts). */
export interface IdentityTables {
  'identity.person': PersonRow;
  'identity.session': SessionRow;
  'identity.setup_token': { hash: string; expires_at: string };
  'identity.login_failure': LoginFailureRow;
  'identity.application': ApplicationRow;
  'identity.key': KeyRow;
}

export type Role = 'administrator' | 'viewer';

export interface PersonRow {
  id: string;
  name: string;
  email: string;
  email_key: string;
  role: Role;
  password_hash: string;
  created_at: string;
}

export interface SessionRow {
  id: string;
  person_id: string;
  token_hash: string;
  csrf: string;
  created_at: string;
  last_seen_at: string;
}

export interface LoginFailureRow {
  subject: string;
  failures: number;
  last_at: string;
  blocked_until: string;
}

export interface ApplicationRow {
  id: string;
  name: string;
  name_key: string;
  owner: string;
  purpose: string;
  created_at: string;
}

export interface KeyRow {
  id: string;
  application_id: string;
  name: string;
  hash: string;
  last_four: string;
  created_at: string;
  created_by: string;
  expires_at: string | null;
  revoked_at: string | null;
}

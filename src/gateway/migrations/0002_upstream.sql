create table gateway.upstream (
  id uuid primary key,
  name text not null unique,
  kind text not null check (kind in ('sandbox', 'openai-compatible')),
  base_url text not null,
  models text[] not null,
  allow_private boolean not null,
  source text not null check (source in ('api', 'environment', 'built-in')),
  timeouts jsonb not null,
  -- AES-256-GCM under the installation's key-encryption key, bound to this row's id; base64url.
  credential text,
  credential_last_four text,
  created_at timestamptz not null
);

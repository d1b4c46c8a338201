-- Processes of the data plane that control believes.
create table gateway.gateway (
  id uuid primary key,
  name text not null,
  -- SHA-256 of its secret, lower-case hex.
  bearer_hash text not null unique,
  -- Raw public keys, base64url: what signs its records, and what credentials are sealed to.
  signing_key text not null,
  sealing_key text not null,
  enrolled_at timestamptz not null,
  last_seen_at timestamptz,
  -- Its last heartbeat.
  state jsonb
);

create table gateway.enrolment_token (
  -- SHA-256 of the token, lower-case hex.
  hash text primary key,
  name text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  gateway uuid references gateway.gateway (id)
);

-- One row for each numbering of records: everything up to high_water is stored.
create table gateway.stream (
  gateway uuid not null references gateway.gateway (id),
  epoch uuid not null,
  high_water bigint not null,
  final boolean not null,
  -- How often records were missing.
  gaps bigint not null,
  updated_at timestamptz not null,
  primary key (gateway, epoch)
);
create index stream_unfinished on gateway.stream (gateway) where not final;

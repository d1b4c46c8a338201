create table identity.person (
  id uuid primary key,
  name text not null,
  -- As typed; `email_key`, its lower case, is what a person signs in by.
  email text not null,
  email_key text not null unique,
  role text not null check (role in ('administrator', 'viewer')),
  password_hash text not null,
  created_at timestamptz not null
);

create table identity.session (
  id uuid primary key,
  person_id uuid not null references identity.person (id) on delete cascade,
  token_hash text not null unique,
  csrf text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null
);

-- One-time tokens that make the first administrator.
create table identity.setup_token (
  hash text primary key,
  expires_at timestamptz not null
);

-- Failed sign-ins by account, by address, and by both together; see login-throttle.ts.
create table identity.login_failure (
  subject text primary key,
  failures integer not null,
  last_at timestamptz not null,
  blocked_until timestamptz not null
);

create table identity.application (
  id uuid primary key,
  name text not null,
  name_key text not null unique,
  owner text not null,
  purpose text not null,
  created_at timestamptz not null
);

create table identity.key (
  id uuid primary key,
  application_id uuid not null references identity.application (id),
  name text not null,
  -- SHA-256 of the key, lower-case hex: 32 random bytes need no slow hash.
  hash text not null unique,
  last_four text not null,
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index key_by_application on identity.key (application_id, id);

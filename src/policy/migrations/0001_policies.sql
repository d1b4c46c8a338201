create table policy.policy (
  id uuid primary key,
  name text not null unique,
  -- What its statements say of themselves, kept so that a list need not read Cedar.
  description text not null,
  cedar text not null,
  mode text not null check (mode in ('observe', 'share', 'enforce')),
  share_percent integer not null check (share_percent between 0 and 100),
  built_in boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Every set of policies that was ever in force, under the digest that records name, so that a decision can be replayed.
create table policy.version (
  digest text primary key,
  schema text not null,
  entries jsonb not null,
  first_at timestamptz not null
);

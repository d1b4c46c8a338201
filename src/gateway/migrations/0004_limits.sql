-- What callers may use: requests, tokens, money, calls at a time.
create table gateway.usage_limit (
  id uuid primary key,
  name text not null unique,
  scope text not null check (scope in ('key', 'application', 'installation')),
  -- Of a key or application; null binds each of them by itself.
  subject uuid,
  measure text not null check (measure in ('requests', 'tokens', 'money', 'concurrency')),
  -- Money in micro-units of the currency.
  amount bigint not null check (amount > 0),
  period text check (period in ('second', 'minute', 'hour', 'day', 'month')),
  currency text,
  unknown_price text not null check (unknown_price in ('refuse', 'allow')),
  created_at timestamptz not null,
  check ((measure = 'concurrency') = (period is null)),
  check ((measure = 'money') = (currency is not null)),
  check (measure <> 'money' or period in ('day', 'month')),
  check (scope <> 'installation' or subject is null)
);

-- What runs of gateways hold of budgets. `granted` counts as spent until the run says that it needs less: what is granted in a
-- period never sums up to more than the budget, whoever dies.
create table gateway.budget_lease (
  usage_limit uuid not null references gateway.usage_limit (id) on delete cascade,
  -- Plain id of the key or application; empty for the installation.
  subject text not null,
  -- In UTC: 2026-11 or 2026-11-23.
  period text not null,
  -- One run of a gateway.
  instance uuid not null,
  gateway uuid not null references gateway.gateway (id),
  granted bigint not null,
  spent bigint not null,
  -- Number of the declaration that stands here; earlier ones that come late are not heeded.
  sequence bigint not null,
  updated_at timestamptz not null,
  primary key (usage_limit, subject, period, instance)
);

-- One row an exchange. Partitioned by day on the id, whose leading 48 bits are its time (UUIDv7): days are made on demand,
-- and an id whose day is absurd goes to the default partition rather than being lost.
create table evidence.exchange (
  id uuid not null,
  gateway uuid not null,
  state text not null check (state in ('open', 'closed')),
  opened_epoch uuid,
  opened_sequence bigint,
  closed_epoch uuid,
  closed_sequence bigint,
  application_id uuid,
  model text,
  upstream text,
  outcome text,
  effect text,
  kinds text[],
  record jsonb not null,
  primary key (id)
) partition by range (id);

create table evidence.exchange_default partition of evidence.exchange default;

-- The console reads the newest first, under one filter or none. What nearly every exchange has (answered, permit) needs no
-- index of its own: the primary key finds it at once.
create index exchange_by_application on evidence.exchange (application_id, id) where application_id is not null;
create index exchange_by_model on evidence.exchange (model, id) where model is not null;
create index exchange_by_upstream on evidence.exchange (upstream, id) where upstream is not null;
create index exchange_by_outcome on evidence.exchange (outcome, id) where outcome <> 'answered';
create index exchange_by_effect on evidence.exchange (effect, id) where effect <> 'permit';
create index exchange_by_kind on evidence.exchange using gin (kinds) where kinds is not null;

-- Counts of closed exchanges by steps of time, written with the records themselves, so that no page scans raw rows.
create table evidence.exchange_rollup (
  step_seconds integer not null,
  at timestamptz not null,
  application_id uuid not null,
  outcome text not null,
  effect text not null,
  application_name text not null,
  exchanges bigint not null,
  masked bigint not null,
  findings bigint not null,
  primary key (step_seconds, at, application_id, outcome, effect)
);

-- Logarithmic histogram; `measure` is `total` or `added`, bucket n ends at 64 * 2^(n/4) microseconds.
create table evidence.latency_rollup (
  step_seconds integer not null,
  at timestamptz not null,
  measure text not null,
  bucket smallint not null,
  exchanges bigint not null,
  primary key (step_seconds, at, measure, bucket)
);

create table evidence.finding_rollup (
  step_seconds integer not null,
  at timestamptz not null,
  kind text not null,
  label text not null,
  findings bigint not null,
  primary key (step_seconds, at, kind, label)
);

-- When a key or an application was last seen in an exchange.
create table evidence.last_use (
  subject uuid primary key,
  at timestamptz not null
);

-- What should not happen: gaps in a gateway's sequence, records that contradict others.
create table evidence.alarm (
  id uuid primary key,
  at timestamptz not null,
  kind text not null,
  gateway uuid,
  epoch uuid,
  detail jsonb not null
);

-- Acts of administrators, written in the transaction of the act.
create table evidence.event (
  id uuid primary key,
  at timestamptz not null,
  actor_type text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  subject_name text,
  detail jsonb not null
);
create index event_by_subject on evidence.event (subject_id, id);

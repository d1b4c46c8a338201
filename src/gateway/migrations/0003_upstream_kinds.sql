alter table gateway.upstream
  drop constraint upstream_kind_check,
  add constraint upstream_kind_check check (kind in ('sandbox', 'openai', 'azure-openai', 'anthropic', 'mistral', 'openai-compatible')),
  add column api_version text,
  -- Where several upstreams serve a model: the lowest priority goes first, and weights share the calls among equals.
  add column priority smallint not null default 0,
  add column weight smallint not null default 1,
  add column attempts smallint not null default 1,
  add column max_in_flight integer not null default 500;

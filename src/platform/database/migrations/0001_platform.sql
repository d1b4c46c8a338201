create table platform.configuration (
  -- One row only: there is one configuration.
  one boolean primary key default true check (one),
  version bigint not null check (version >= 1),
  changed_at timestamptz not null default now()
);

insert into platform.configuration (version) values (1);

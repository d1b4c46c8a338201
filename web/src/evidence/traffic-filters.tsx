import { Autocomplete, Button, Group, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { applicationsQuery, overviewQuery, upstreamsQuery } from '../api/queries.ts';
import { formatClock, formatKind } from '../kit/format.ts';
import classes from './evidence.module.css';
import { EFFECTS, filterCount, OUTCOMES, SPANS, withFilter, type FilterName, type TrafficSearch } from './traffic-search.ts';

const EFFECT_WORDS: Readonly<Record<string, string>> = { permit: 'Permitted', transform: 'Transformed', hold: 'Held', deny: 'Denied' };
const SPAN_WORDS: Readonly<Record<string, string>> = { '15m': 'Last 15 minutes', '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days' };
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

interface TrafficFiltersProps {
  readonly search: TrafficSearch;
  readonly onChange: (search: TrafficSearch) => void;
}

/** The filters; each stands in the address, so that a list can be sent to somebody. */
export function TrafficFilters({ search, onChange }: TrafficFiltersProps) {
  const applications = useQuery(applicationsQuery).data?.items ?? [];
  const upstreams = useQuery(upstreamsQuery).data?.items ?? [];
  const kinds = useQuery(overviewQuery('7d')).data?.findings.map(({ kind }) => kind) ?? [];
  const set = (name: FilterName) => (value: string | null): void => onChange(withFilter(search, name, value));
  const one = (name: FilterName, label: string, data: readonly { value: string; label: string }[]) => (
    <Select key={name} label={label} size="xs" placeholder="All" clearable searchable={data.length > 8} data={withCurrent(data, search[name])} value={search[name] ?? null} onChange={set(name)} className={classes.filter} clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }} />
  );
  return (
    <Group gap="xs" align="flex-end" mb="md" role="search" aria-label="Filter exchanges">
      {one('application', 'Application', applications.map(({ id, name }) => ({ value: id, label: name })))}
      {one('effect', 'Decision', EFFECTS.map((value) => ({ value, label: EFFECT_WORDS[value] ?? value })))}
      {one('outcome', 'Outcome', OUTCOMES.map((value) => ({ value, label: capital(value) })))}
      {one('kind', 'Finding', [...new Set(kinds)].sort().map((value) => ({ value, label: formatKind(value) })))}
      <ModelFilter key={search.model ?? ''} value={search.model ?? ''} models={[...new Set(upstreams.flatMap(({ models }) => models))]} onChange={set('model')} />
      {one('upstream', 'Upstream', upstreams.map(({ name }) => ({ value: name, label: name })))}
      {search.from === undefined && search.to === undefined
        ? one('span', 'Time', SPANS.map((value) => ({ value, label: SPAN_WORDS[value] ?? value })))
        : <FixedTimes search={search} onChange={onChange} />}
      {filterCount(search) > 0 && <Button size="xs" variant="subtle" color="gray" leftSection={<IconX size={14} aria-hidden />} onClick={() => onChange({})}>Clear filters</Button>}
    </Group>
  );
}

/** A value that came by the address and is not among the known ones still shows. */
function withCurrent(data: readonly { value: string; label: string }[], value: string | undefined): { value: string; label: string }[] {
  return value === undefined || data.some((option) => option.value === value) ? [...data] : [...data, { value, label: value }];
}

function ModelFilter({ value, models, onChange }: { readonly value: string; readonly models: readonly string[]; readonly onChange: (value: string) => void }) {
  return (
    <Autocomplete label="Model" size="xs" placeholder="All" clearable data={[...models]} defaultValue={value} className={classes.filter}
      onOptionSubmit={onChange} onClear={() => onChange('')} onBlur={(event) => { if (event.currentTarget.value !== value) onChange(event.currentTarget.value); }}
      onKeyDown={(event) => { if (event.key === 'Enter') onChange(event.currentTarget.value); }} />
  );
}

function FixedTimes({ search, onChange }: TrafficFiltersProps) {
  const { from, to, ...rest } = search;
  const text = `${from === undefined ? 'the beginning' : formatClock(from)} – ${to === undefined ? 'now' : formatClock(to)}`;
  return <Button size="xs" variant="default" rightSection={<IconX size={13} aria-hidden />} onClick={() => onChange(rest)} aria-label={`Time ${text}: clear`}>{text}</Button>;
}

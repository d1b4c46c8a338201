import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Panel } from '../kit/panel.tsx';
import classes from './evidence.module.css';
import type { ChartRow, ChartSeries } from './overview-series.ts';

/** Up to so many points a line gets dots: a single point between gaps is no line. */
const SPARSE_MAX = 20;

interface ChartPanelProps {
  readonly title: string;
  readonly note: ReactNode;
  readonly kind: 'bars' | 'lines';
  readonly series: readonly ChartSeries[];
  readonly rows: readonly ChartRow[];
  readonly format: (value: number) => string;
  /** Shown in place of the chart where there is nothing to draw. */
  readonly empty: ReactNode;
}

/** A chart over time with its legend, which can be read as a table instead. */
export function ChartPanel({ title, note, kind, series, rows, format, empty }: ChartPanelProps) {
  const [asTable, table] = useDisclosure(false);
  const drawn = rows.some((row) => series.some(({ name }) => typeof row[name] === 'number' && row[name] > 0));
  const toggle = drawn && (
    <Button size="compact-xs" variant="subtle" color="gray" onClick={table.toggle} aria-pressed={asTable} leftSection={asTable ? <IconChartBar size={14} aria-hidden /> : <IconTable size={14} aria-hidden />}>
      {asTable ? 'Chart' : 'Table'}
    </Button>
  );
  return (
    <Panel title={title} note={note} actions={toggle}>
      {!drawn && <div className={classes.chart}>{empty}</div>}
      {drawn && asTable && <DataRows title={title} series={series} rows={rows} format={format} />}
      {drawn && !asTable && (
        <figure className={classes.figure} aria-label={`${title}; the same as a table by the button above`}>
          <Drawing kind={kind} series={series} rows={rows} format={format} />
          <ul className={classes.legend}>
            {series.map(({ name, label, color, dashed }) => <li key={name}><span className={classes.swatch} data-dashed={dashed} style={{ '--swatch': color } as React.CSSProperties} />{label}</li>)}
          </ul>
        </figure>
      )}
    </Panel>
  );
}

type DrawingProps = Pick<ChartPanelProps, 'kind' | 'series' | 'rows' | 'format'>;

function Drawing({ kind, series, rows, format }: DrawingProps) {
  const common = {
    h: 220, data: rows.map((row) => ({ ...row })), dataKey: 'label', valueFormatter: format, strokeDasharray: '2 4', tickLine: 'none' as const,
    gridColor: 'var(--sp-line-strong)', textColor: 'var(--mantine-color-dimmed)',
    xAxisProps: { minTickGap: 44, tickMargin: 8 }, yAxisProps: { width: 56, allowDecimals: false },
    series: series.map(({ name, label, color, dashed }) => ({ name, label, color, ...(dashed === true ? { strokeDasharray: '5 4' } : {}) })),
  };
  return kind === 'bars'
    ? <BarChart {...common} type="stacked" barProps={{ isAnimationActive: false }} barChartProps={{ barCategoryGap: '15%' }} />
    : <LineChart {...common} curveType="linear" withDots={rows.filter((row) => series.some(({ name }) => row[name] !== null)).length < SPARSE_MAX} dotProps={{ r: 2.5 }} strokeWidth={1.75} connectNulls={false} lineProps={{ isAnimationActive: false }} />;
}

function DataRows({ title, series, rows, format }: Omit<DrawingProps, 'kind'> & { readonly title: string }) {
  return (
    <div className={classes.dataTable} tabIndex={0} role="region" aria-label={`${title} as a table`}>
      <table>
        <thead><tr><th scope="col">Time</th>{series.map(({ name, label }) => <th key={name} scope="col">{label}</th>)}</tr></thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}><th scope="row">{row.label}</th>{series.map(({ name }) => <td key={name}>{typeof row[name] === 'number' ? format(row[name]) : '–'}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

import type { FindingSummary } from '../api/types.ts';
import { formatKind } from '../kit/format.ts';
import classes from './evidence.module.css';

/** Findings by kind and count over both directions; secrets first. */
export function FindingChips({ findings, shownMax }: { readonly findings: readonly FindingSummary[]; readonly shownMax: number }) {
  if (findings.length === 0) return <span className="sp-dim">–</span>;
  const kinds = countByKind(findings);
  const rest = kinds.slice(shownMax);
  return (
    <span className={classes.chips}>
      {kinds.slice(0, shownMax).map(({ kind, label, count }) => (
        <span key={kind} className={classes.chip} data-label={label} title={formatKind(kind)}>{formatKind(kind)}{count > 1 && <b> ×{count}</b>}</span>
      ))}
      {rest.length > 0 && <span className="sp-dim" title={rest.map(({ kind }) => formatKind(kind)).join(', ')}>+{rest.length}</span>}
    </span>
  );
}

function countByKind(findings: readonly FindingSummary[]): readonly { readonly kind: string; readonly label: string; readonly count: number }[] {
  const counts = new Map<string, { kind: string; label: string; count: number }>();
  for (const { kind, label, count } of findings) {
    const known = counts.get(kind);
    if (known === undefined) counts.set(kind, { kind, label, count });
    else known.count += count;
  }
  return [...counts.values()].sort((left, right) => Number(right.label === 'secret') - Number(left.label === 'secret') || right.count - left.count);
}

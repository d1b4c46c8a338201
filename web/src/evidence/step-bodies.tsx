import { Link } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import type { Direction, ExchangeDetail, FindingDetail, Reason } from '../api/types.ts';
import { DecisionBadge } from '../kit/badges.tsx';
import { Facts, type Fact } from '../kit/facts.tsx';
import { formatBytes, formatCount, formatFull, formatKind, formatMoney } from '../kit/format.ts';
import classes from './evidence.module.css';
import type { StepName } from './steps.ts';

interface BodyProps {
  readonly exchange: ExchangeDetail;
}

export const STEP_TITLES: Readonly<Record<StepName, string>> = {
  identify: 'Identify', admit: 'Admit', read: 'Read', inspect: 'Inspect', decide: 'Decide', transform: 'Transform', dispatch: 'Dispatch', answer: 'Answer', record: 'Record',
};

/** What each step did, in words. */
export const STEP_BODIES: Readonly<Record<StepName, FunctionComponent<BodyProps>>> = {
  identify: Identify, admit: Admit, read: Read, inspect: Inspect, decide: Decide, transform: Transform, dispatch: Dispatch, answer: Answer, record: RecordStep,
};

function Identify({ exchange: { application, key, purpose, suppressed } }: BodyProps) {
  if (!application) return <span>The caller could not be identified.{suppressed ? ` ${formatCount(suppressed)} more like it were counted and not recorded one by one.` : ''}</span>;
  return (
    <>
      <span>Key <b>{key?.name ?? 'unknown'}</b> of <Link to="/applications/$applicationId" params={{ applicationId: application.id }}>{application.name}</Link></span>
      {purpose && <span className="sp-dim">{purpose}</span>}
    </>
  );
}

function Admit({ exchange: { versions } }: BodyProps) {
  return <span className="sp-dim">{versions ? `Under configuration ${formatCount(versions.snapshotSerial)}` : 'Under the gateway’s configuration'}</span>;
}

function Read({ exchange: { method, path, api, model, stream, bytes, clientRequestId } }: BodyProps) {
  const facts: Fact[] = [['Request', <span key="r" className="sp-mono">{method} {path}</span>], ['Wire', api]];
  if (model) facts.push(['Model', <span key="m" className="sp-mono">{model}{stream ? ', streamed' : ''}</span>]);
  if (bytes) facts.push(['Size', formatBytes(bytes.request)]);
  if (clientRequestId) facts.push(['Caller’s id', <span key="c" className="sp-mono">{clientRequestId}</span>]);
  return <Facts dense items={facts} />;
}

function Inspect({ exchange: { findings } }: BodyProps) {
  return <Findings findings={findings} direction="request" none="Nothing was found in the request." />;
}

function Findings({ findings, direction, none }: { readonly findings: readonly FindingDetail[]; readonly direction: Direction; readonly none: string }) {
  const here = findings.filter((finding) => finding.direction === direction);
  if (here.length === 0) return <span className="sp-dim">{none}</span>;
  return (
    <table className={classes.findings}>
      <thead><tr><th scope="col">Kind</th><th scope="col">Count</th><th scope="col">In</th><th scope="col">Confidence</th></tr></thead>
      <tbody>
        {here.map(({ kind, label, count, roles, confidence, detector }) => (
          <tr key={`${detector} ${kind}`}>
            <td><span className={classes.chip} data-label={label}>{formatKind(kind)}</span><div className="sp-mono sp-dim">{detector}</div></td>
            <td>{formatCount(count)}</td>
            <td>{roles.map(formatKind).join(', ')}</td>
            <td>{confidence.toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  return (
    <ul className={classes.reasons}>
      {reasons.map(({ code, policy, message }, index) => (
        <li key={index}>{message} <span className="sp-mono sp-dim">{policy ? `${policy} · ` : ''}{code}</span></li>
      ))}
    </ul>
  );
}

function Decide({ exchange: { effect, reasons, observed, versions } }: BodyProps) {
  return (
    <>
      {effect && <span><DecisionBadge effect={effect} />{reasons.length === 0 && <span className="sp-dim"> No policy objected.</span>}</span>}
      <Reasons reasons={reasons} />
      {observed && <div className={classes.observed}><span>Policies that only observe would have: <DecisionBadge effect={observed.effect} /></span><Reasons reasons={observed.reasons} /></div>}
      {versions && <Facts dense items={[['Policies', <Digest key="p" value={versions.policies} />], ['Detectors', <Digest key="d" value={versions.detectors} />]]} />}
    </>
  );
}

/** Enough of a digest to compare by eye; all of it on hover. */
function Digest({ value }: { readonly value: string }) {
  return <span className="sp-mono sp-dim" title={value}>{value.slice(0, 19)}{value.length > 19 ? '…' : ''}</span>;
}

function Transform({ exchange: { masked } }: BodyProps) {
  return <span>{formatCount(masked)} {masked === 1 ? 'value was' : 'values were'} replaced by placeholders before the request left.</span>;
}

function Dispatch({ exchange: { upstream, attempts = [], error, times, outcome } }: BodyProps) {
  return (
    <>
      {upstream ? <span>To <Link to="/traffic" search={{ upstream }}>{upstream}</Link>{times.dispatch === undefined ? '' : '; the time is to the first byte of the answer'}</span> : <span className="sp-dim">Nothing had to be sent.</span>}
      {attempts.map((attempt, index) => <span key={index} className="sp-mono sp-dim">{index + 1}. {attempt.upstream}: {attempt.code}{attempt.ms > 0 ? `, ${formatCount(attempt.ms)} ms` : ''}</span>)}
      {outcome === 'interrupted' && <span>The gateway stopped while this exchange was open. How far it came is not known.</span>}
      {error && times.answer === undefined && <span className={classes.failure}>{error}</span>}
    </>
  );
}

function Answer({ exchange: { status, bytes, usage, cost, restored, findings, error, outcome } }: BodyProps) {
  const facts: Fact[] = [];
  if (status) facts.push(['Status', String(status)]);
  if (bytes) facts.push(['Size', formatBytes(bytes.answer)]);
  if (usage) facts.push(['Tokens', `${formatCount(usage.inputTokens)} in, ${formatCount(usage.outputTokens)} out`]);
  if (cost) facts.push(['Cost', `${formatMoney(cost)}${cost.estimated ? ', estimated' : ''} by the price table`]);
  if (restored > 0) facts.push(['Restored', `${formatCount(restored)} ${restored === 1 ? 'placeholder' : 'placeholders'} turned back into the originals`]);
  return (
    <>
      {outcome === 'aborted' && <span>The caller went away before the answer was complete.</span>}
      {error && <span className={classes.failure}>{error}</span>}
      <Facts dense items={facts} />
      <Findings findings={findings} direction="answer" none="Nothing was found in the answer." />
    </>
  );
}

function RecordStep({ exchange }: BodyProps) {
  const { gateway, epoch, openedEpoch, sequence, closedAt, versions } = exchange;
  const sequences = [sequence.opened && `opened ${formatCount(sequence.opened)}`, sequence.closed && `closed ${formatCount(sequence.closed)}`].filter(Boolean).join(', ');
  const facts: Fact[] = [['Gateway', gateway.name || gateway.id], ['Epoch', <span key="e" className="sp-mono sp-dim">{epoch}</span>], ['Sequence', sequences || '–']];
  if (openedEpoch) facts.push(['Opened in', <span key="o" className="sp-mono sp-dim">{openedEpoch}</span>]);
  if (closedAt) facts.push(['Closed', formatFull(closedAt)]);
  if (versions) facts.push(['Software', versions.software]);
  return <Facts dense items={facts} />;
}

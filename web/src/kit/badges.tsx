import { IconAlertTriangle, IconArrowsExchange, IconBan, IconCheck, IconCircleDashed, IconHandStop, IconLoader2, IconPlugConnectedX, IconQuestionMark, IconX, type Icon } from '@tabler/icons-react';
import type { Effect, ExchangeSummary, Health, Outcome } from '../api/types.ts';
import classes from './kit.module.css';

export type Tone = 'permit' | 'transform' | 'hold' | 'deny' | 'fail' | 'neutral';

interface Look {
  readonly tone: Tone;
  readonly word: string;
  readonly icon: Icon;
}

/** A state in words, with an icon; the colour repeats it. */
export function StateBadge({ tone, word, icon: Glyph, title }: Look & { readonly title?: string }) {
  return (
    <span className={classes.badge} data-tone={tone} title={title}>
      <Glyph size={13} stroke={2.2} aria-hidden />
      {word}
    </span>
  );
}

const EFFECTS: Readonly<Record<Effect, Look>> = {
  permit: { tone: 'permit', word: 'Permitted', icon: IconCheck },
  transform: { tone: 'transform', word: 'Transformed', icon: IconArrowsExchange },
  hold: { tone: 'hold', word: 'Held', icon: IconHandStop },
  deny: { tone: 'deny', word: 'Denied', icon: IconBan },
};

export function DecisionBadge({ effect }: { readonly effect: Effect | null | undefined }) {
  return effect === null || effect === undefined ? <span className={classes.absent}>–</span> : <StateBadge {...EFFECTS[effect]} />;
}

const OUTCOMES: Readonly<Record<Outcome, Look>> = {
  answered: { tone: 'permit', word: 'Answered', icon: IconCheck },
  refused: { tone: 'deny', word: 'Refused', icon: IconBan },
  failed: { tone: 'fail', word: 'Failed', icon: IconX },
  aborted: { tone: 'neutral', word: 'Aborted', icon: IconPlugConnectedX },
  interrupted: { tone: 'fail', word: 'Interrupted', icon: IconAlertTriangle },
};
const OPEN: Look = { tone: 'neutral', word: 'Open', icon: IconLoader2 };
const UNKNOWN: Look = { tone: 'neutral', word: 'Unknown', icon: IconQuestionMark };

export function OutcomeBadge({ exchange }: { readonly exchange: Pick<ExchangeSummary, 'state' | 'outcome'> }) {
  if (exchange.state === 'open') return <StateBadge {...OPEN} />;
  return <StateBadge {...(exchange.outcome ? OUTCOMES[exchange.outcome] : UNKNOWN)} />;
}

const HEALTH: Readonly<Record<Health['state'], Look>> = {
  healthy: { tone: 'permit', word: 'Healthy', icon: IconCheck },
  failing: { tone: 'deny', word: 'Failing', icon: IconAlertTriangle },
  unknown: { tone: 'neutral', word: 'Not used yet', icon: IconCircleDashed },
};

export function HealthBadge({ health }: { readonly health: Health }) {
  return <StateBadge {...HEALTH[health.state]} {...(health.error ? { title: health.error } : {})} />;
}

export function ConnectionBadge({ connected }: { readonly connected: boolean }) {
  return <StateBadge {...(connected ? { tone: 'permit', word: 'Connected', icon: IconCheck } : { tone: 'deny', word: 'Away', icon: IconPlugConnectedX })} />;
}

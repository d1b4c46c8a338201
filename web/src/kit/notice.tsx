import { IconAlertTriangle, IconCheck, IconInfoCircle, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './kit.module.css';

type NoticeTone = 'deny' | 'hold' | 'permit' | 'neutral';

const ICONS: Readonly<Record<NoticeTone, Icon>> = { deny: IconAlertTriangle, hold: IconAlertTriangle, permit: IconCheck, neutral: IconInfoCircle };

interface NoticeProps {
  readonly tone: NoticeTone;
  readonly title?: string;
  readonly children?: ReactNode;
  /** Read out at once: something went wrong. */
  readonly alert?: boolean;
}

/** A boxed word to the reader. */
export function Notice({ tone, title, children, alert = false }: NoticeProps) {
  const Glyph = ICONS[tone];
  return (
    <div className={classes.notice} data-tone={tone} {...(alert ? { role: 'alert' } : {})}>
      <Glyph size={18} aria-hidden />
      <div className={classes.noticeBody}>
        {title !== undefined && <div className={classes.noticeTitle}>{title}</div>}
        {children}
      </div>
    </div>
  );
}

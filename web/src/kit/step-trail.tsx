import { IconCheck, IconLoader2, IconMinus, IconX, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatMicros } from './format.ts';
import classes from './kit.module.css';

export type TrailState = 'done' | 'passed' | 'running' | 'stopped' | 'unreached';

export interface TrailStep {
  readonly name: string;
  readonly title: string;
  readonly state: TrailState;
  readonly micros: number | undefined;
  readonly body: ReactNode;
}

const LOOKS: Readonly<Record<TrailState, { readonly word: string; readonly icon: Icon | undefined }>> = {
  done: { word: '', icon: IconCheck },
  passed: { word: 'nothing to do', icon: IconMinus },
  running: { word: 'under way', icon: IconLoader2 },
  stopped: { word: 'ended here', icon: IconX },
  unreached: { word: 'not reached', icon: undefined },
};

/** The steps that something walked, in order: which were taken, where it ended, what each did. */
export function StepTrail({ steps, label }: { readonly steps: readonly TrailStep[]; readonly label: string }) {
  return (
    <ol className={classes.trail} aria-label={label}>
      {steps.map((step) => {
        const { word, icon: Glyph } = LOOKS[step.state];
        return (
          <li key={step.name} className={classes.step} data-state={step.state} data-step={step.name}>
            <span className={classes.stepMark}>{Glyph !== undefined && <Glyph size={13} stroke={2.4} aria-hidden />}</span>
            <div className={classes.stepHead}>
              <span className={classes.stepName}>{step.title}</span>
              {word !== '' && <span className={classes.stepState}>{word}</span>}
              {step.micros !== undefined && <span className={classes.stepTime}>{formatMicros(step.micros)}</span>}
            </div>
            {step.state !== 'unreached' && step.state !== 'passed' && <div className={classes.stepBody}>{step.body}</div>}
          </li>
        );
      })}
    </ol>
  );
}

import type { PolicyMode } from '../api/types.ts';

export const MODES: readonly { readonly value: PolicyMode; readonly label: string }[] = [
  { value: 'observe', label: 'Observe' }, { value: 'share', label: 'Share' }, { value: 'enforce', label: 'Enforce' },
];

/** What a mode means for calls, in a sentence. */
export function explainMode(mode: PolicyMode, sharePercent: number): string {
  switch (mode) {
    case 'observe': return 'Decides beside every call and is only recorded. No call is changed or refused by it.';
    case 'share': return `Enforced on ${sharePercent} % of calls, chosen evenly; on the others it is only recorded.`;
    case 'enforce': return 'Enforced on every call.';
  }
}

/** Whether a change lets through what was stopped before: it deserves a question. */
export function loosens(from: { readonly mode: PolicyMode; readonly sharePercent: number }, to: { readonly mode: PolicyMode; readonly sharePercent: number }): boolean {
  return reach(to) < reach(from);
}

function reach({ mode, sharePercent }: { readonly mode: PolicyMode; readonly sharePercent: number }): number {
  switch (mode) {
    case 'observe': return 0;
    case 'share': return sharePercent;
    case 'enforce': return 100;
  }
}

/** What the “Go to…” dialog offers for a text. Pure. */

export interface JumpTarget {
  readonly label: string;
  readonly kind: 'Page' | 'Application' | 'Upstream' | 'Exchange';
  readonly href: string;
}

const TARGETS_MAX = 12;
const EXCHANGE_ID = /^exc_[0-9a-z-]{8,60}$/i;

/** Targets whose label contains every word of the text; an exchange's id leads to the exchange. */
export function findTargets(text: string, known: readonly JumpTarget[]): readonly JumpTarget[] {
  const wanted = text.trim();
  if (EXCHANGE_ID.test(wanted)) return [{ label: wanted, kind: 'Exchange', href: `/traffic/${encodeURIComponent(wanted)}` }];
  const words = wanted.toLowerCase().split(/\s+/);
  return known.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word))).slice(0, TARGETS_MAX);
}

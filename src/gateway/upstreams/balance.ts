/** In which order the upstreams of a model are tried. */

export interface Weighted {
  /** The lowest goes first; the others are tried when all of it failed. */
  readonly priority: number;
  /** Share of the calls among those of the same priority. */
  readonly weight: number;
}

/**
 * By priority, and within one priority drawn at random without putting back, each time in proportion to the weights (Efraimidis and
 * Spirakis, Weighted random sampling with a reservoir, 2006): the first of the list gets its share of the calls, and so do the
 * others of what is left when it fails.
 *
 * @param random 0 to below 1
 */
export function drawOrder<Choice extends Weighted>(choices: readonly Choice[], random: () => number): Choice[] {
  return choices
    .map((choice) => ({ choice, key: -Math.log(1 - random()) / choice.weight }))
    .sort((a, b) => a.choice.priority - b.choice.priority || a.key - b.key)
    .map(({ choice }) => choice);
}

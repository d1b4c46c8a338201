/** What a gateway may spend of a budget in one period, and what it spent. Amounts are whole: requests, tokens or micro-units. */
export interface Ledger {
  /** Sets so much aside. @returns whether what is held allows it */
  reserve(amount: number): boolean;
  /** Ends a reservation with what it came to. That may be more than was reserved: it is then owed, and nothing is free until it is covered. */
  settle(reserved: number, spent: number): void;
  /** What could be reserved now. */
  readonly free: number;
  readonly spent: number;
  readonly reserved: number;
  /** What may be spent in all. */
  readonly ceiling: number;
  /** Gives up what is above `ceiling`, apart from what is spent and reserved. Done before control is told of it. @returns what is left */
  lower(ceiling: number): number;
  /** Control's word: so much may be spent in all. */
  grant(ceiling: number): void;
}

export function createLedger(): Ledger {
  let ceiling = 0;
  let spent = 0;
  let reserved = 0;
  return {
    reserve(amount) {
      if (ceiling - spent - reserved < amount) return false;
      reserved += amount;
      return true;
    },
    settle(amount, used) {
      reserved -= amount;
      spent += used;
    },
    get free() { return Math.max(0, ceiling - spent - reserved); },
    get spent() { return spent; },
    get reserved() { return reserved; },
    get ceiling() { return ceiling; },
    lower(to) {
      ceiling = Math.min(ceiling, Math.max(to, spent + reserved));
      return ceiling;
    },
    grant(amount) { ceiling = amount; },
  };
}

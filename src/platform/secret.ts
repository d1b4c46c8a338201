import { inspect } from 'node:util';

/**
 * A value that must not be printed. Wherever it is turned into text (template, JSON, log, console) it reads `…last4`;
 * only `reveal` gives it away, so that a search for that word finds every place that does.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.#value.length >= 12 ? `…${this.#value.slice(-4)}` : '…';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

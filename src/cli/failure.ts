/** A command that cannot do its work. The message says why and what to do; it goes to standard error without a stack. */
export class CommandFailure extends Error {
  /** 1: it failed; 2: it was called wrongly. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export const misuse = (message: string): CommandFailure => new CommandFailure(message, 2);

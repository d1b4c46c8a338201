/**
 * The error that crosses module borders. `code` is API: machine-readable and stable. `message` is shown to the caller,
 * so it says what to do and never holds a secret or matched content. `internal` goes to the log alone.
 */
export class AppError extends Error {
  readonly code: string;
  /** HTTP status that the control plane answers with. */
  readonly status: number;
  readonly internal: string | undefined;

  constructor(status: number, code: string, message: string, options: { internal?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.status = status;
    this.code = code;
    this.internal = options.internal;
  }
}

export const invalid = (code: string, message: string): AppError => new AppError(400, code, message);
export const unauthorised = (code: string, message: string): AppError => new AppError(401, code, message);
export const forbidden = (code: string, message: string): AppError => new AppError(403, code, message);
export const notFound = (what: string): AppError => new AppError(404, 'not_found', `${what} does not exist.`);
export const conflict = (code: string, message: string): AppError => new AppError(409, code, message);

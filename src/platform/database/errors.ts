import pg from 'pg';
import { AppError } from '../errors.ts';

/** What a statement broke, where a caller can do something about it. */
export type Violation = 'unique' | 'foreign_key' | 'check' | 'not_null';

const VIOLATIONS: Readonly<Record<string, Violation>> = {
  23502: 'not_null',
  23503: 'foreign_key',
  23505: 'unique',
  23514: 'check',
};

/** Classes of SQLSTATE that speak of the way to the database and not of the statement (PostgreSQL manual, appendix A). */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);
/** A statement that ran into its own limit or was cancelled: class 57, but the database is well. */
const QUERY_CANCELED = '57014';
/** Classes that name parts of the schema and of the statement alone: unsupported feature, transaction state, schema, syntax or access rule. */
const WORDS_WITHOUT_VALUES = new Set(['0A', '25', '2B', '3B', '3D', '3F', '42']);
const RETRYABLE = new Set(['40001', '40P01']);

/**
 * The database refused a statement. The server's own words are kept only where they cannot hold a value (a fault in
 * the statement itself): "Key (email)=(…) already exists" belongs into no log.
 */
export class StatementError extends Error {
  /** SQLSTATE, five characters. */
  readonly sqlState: string;
  readonly violation: Violation | undefined;
  readonly constraint: string | undefined;

  constructor(error: pg.DatabaseError) {
    const sqlState = error.code ?? '00000';
    const place = [error.table && `table ${error.table}`, error.column && `column ${error.column}`, error.constraint && `constraint ${error.constraint}`];
    const words = WORDS_WITHOUT_VALUES.has(sqlState.slice(0, 2)) ? error.message : place.filter(Boolean).join(', ');
    super(`The database refused a statement (${sqlState})${words === '' ? '' : `: ${words}`}`);
    this.name = 'StatementError';
    this.sqlState = sqlState;
    this.violation = VIOLATIONS[sqlState];
    this.constraint = error.constraint;
  }
}

/** Whether a statement broke a unique constraint, and this one when it is named. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  error instanceof StatementError && error.violation === 'unique' && (constraint === undefined || error.constraint === constraint);

/** Whether the same transaction may succeed when it is run again: a deadlock or a serialisation failure. */
export const isRetryable = (error: unknown): boolean => error instanceof StatementError && RETRYABLE.has(error.sqlState);

export const databaseUnavailable = (internal: string, cause?: unknown): AppError =>
  new AppError(503, 'database_unavailable', 'The database cannot be reached at the moment. Try again shortly.', { internal, cause });

/**
 * Every failure of either engine in one shape.
 *
 * @returns a `StatementError` when the database answered, an `AppError` `database_unavailable` (503) when it did not
 */
export function toDatabaseError(error: unknown): Error {
  if (error instanceof StatementError || error instanceof AppError) return error;
  if (!(error instanceof pg.DatabaseError)) return databaseUnavailable(error instanceof Error ? error.message : 'unknown failure', error);
  const state = error.code ?? '';
  const unavailable = UNAVAILABLE_CLASSES.has(state.slice(0, 2)) && state !== QUERY_CANCELED;
  return unavailable ? databaseUnavailable(`SQLSTATE ${state}: ${error.message}`) : new StatementError(error);
}

import { sql, type RawBuilder } from 'kysely';

/** A value for a jsonb column. Given bare, the driver would turn an array into a PostgreSQL array. */
export const asJson = <T>(value: T): RawBuilder<T> => sql<T>`cast(${JSON.stringify(value)} as jsonb)`;

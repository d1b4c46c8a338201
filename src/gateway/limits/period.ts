/** The day or month in UTC, as `2026-11-23` or `2026-11`. @param time milliseconds since 1970 */
export const periodOf = (unit: 'day' | 'month', time: number): string => new Date(time).toISOString().slice(0, unit === 'day' ? 10 : 7);

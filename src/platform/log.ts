import { pino, destination, type Logger } from 'pino';

export type Log = Logger;

/**
 * Structured log on standard error; standard output belongs to the command's own result.
 * The redaction is a second net: what holds a secret is a `Secret`, which prints as its last four characters.
 *
 * @param component the part of the product that speaks, e.g. `control`, `gateway`
 */
export function createLog(component: string, level: string = process.env['SALLYPORT_LOG_LEVEL'] ?? 'info'): Log {
  return pino(
    {
      level,
      base: { component, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['authorization', '*.authorization', 'cookie', '*.cookie', 'password', '*.password', '*.token', 'token', '*.apiKey', 'apiKey'],
        censor: '[redacted]',
      },
    },
    destination({ dest: 2, sync: true }),
  );
}

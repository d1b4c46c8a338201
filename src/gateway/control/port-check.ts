import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError } from '#platform/errors.ts';

/**
 * Whether nobody listens there. Processes that share a port (SO_REUSEPORT) would share it in silence with those of another
 * installation too; a listener that does not want to share finds out.
 *
 * @throws AppError `address_in_use` (409)
 */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  try {
    probe.listen({ host, port, exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new AppError(409, 'address_in_use', `Port ${port} on ${host} is in use. Stop what listens there, or name another with --gateway-port.`);
  } finally {
    probe.close();
  }
}

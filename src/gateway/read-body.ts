/** The bytes of a request's body, bounded. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError, invalid } from '#platform/errors.ts';
import { CallerGone } from './upstreams/receive.ts';

/** What is still read and thrown away after a refusal, so that the caller reads the refusal and not a reset connection. */
const DISCARDED_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @throws AppError `request_too_large` (413), `unsupported_media_type` (415); CallerGone
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  checkHeaders(request, maxBytes);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else {
      request.off('data', onData);
      reject(tooLarge(maxBytes));
    }
  };
  request.on('data', onData);
  request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
  request.once('close', () => { if (!request.complete) reject(new CallerGone()); });
  return promise;
}

function checkHeaders({ headers }: IncomingMessage, maxBytes: number): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  if (type === undefined || !/^application\/json[ \t]*(;|$)/i.test(type)) {
    throw new AppError(415, 'unsupported_media_type', 'The body must be JSON: Content-Type: application/json.');
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError(415, 'unsupported_encoding', 'A compressed body is not read. Send it without Content-Encoding.');
  }
  if (Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
}

const tooLarge = (maxBytes: number): AppError => new AppError(413, 'request_too_large', `The body is longer than ${maxBytes} bytes.`);

/** @throws AppError `invalid_unicode` */
export function decodeBody(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalid('invalid_unicode', 'The body is not valid UTF-8.');
  return bytes.toString('utf8');
}

/** Reads what a refused caller still sends, up to a bound. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = DISCARDED_BYTES_MAX;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

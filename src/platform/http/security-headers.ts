import type { HttpServer } from './index.ts';

/** Scripts and styles come from us alone, and none is inline: the console is built without <style> elements (web/build/theme-variables.ts). */
const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
  "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');
const OTHER_POLICY = "default-src 'none'; frame-ancestors 'none'";

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * Sets the security headers of every answer. What says nothing of its own caching is not stored.
 *
 * @param https whether browsers reach this server by https; only then may they be told to insist on it (RFC 6797, 7.2)
 */
export function setSecurityHeaders(server: HttpServer, https: boolean): void {
  server.addHook('onSend', async (_request, reply) => {
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
    reply.headers(HEADERS).header('content-security-policy', isPage ? PAGE_POLICY : OTHER_POLICY);
    if (https) reply.header('strict-transport-security', 'max-age=31536000');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

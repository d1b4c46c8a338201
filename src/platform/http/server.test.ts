import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError, forbidden, unauthorised } from '../errors.ts';
import { closeHttpServer, createHttpServer, type HttpServer, type HttpServerNeeds } from './index.ts';

let server: HttpServer;
let logged: string;

const thing = z.object({ name: z.string().max(20), size: z.number().int() });

/** Answers `who` the roles that a request has by its header. */
async function createServer(more: Partial<HttpServerNeeds> = {}): Promise<HttpServer> {
  logged = '';
  const log = pino({ level: 'debug' }, new Writable({ write: (chunk: Buffer, _encoding, done) => { logged += chunk.toString(); done(); } }));
  const made = await createHttpServer({
    log,
    api: { title: 'Test', version: '1', description: 'A test.' },
    authenticate: async ({ headers }, access) => {
      if (headers['x-role'] === undefined) throw unauthorised('not_signed_in', 'Sign in.');
      if (access !== 'signed-in' && headers['x-role'] !== access) throw forbidden('not_allowed', 'Ask an administrator.');
    },
    ...more,
  });
  made.get('/api/v1/public', { config: { access: 'public' } }, async () => ({ ok: true }));
  made.get('/api/v1/signed-in', { config: { access: 'signed-in' } }, async () => ({ ok: true }));
  made.get('/api/v1/administrator', { config: { access: 'administrator' } }, async () => ({ ok: true }));
  made.get('/internal/v1/gateway', { config: { access: 'gateway' } }, async () => ({ ok: true }));
  made.post('/api/v1/things', { config: { access: 'administrator' }, schema: { body: thing, response: { 200: thing } } }, async ({ body }) => ({ ...body, secret: 'undeclared' }));
  made.get('/page', { config: { access: 'public' } }, async (_request, reply) => reply.type('text/html').header('cache-control', 'no-cache').send('<p>'));
  made.get('/fails/:how', { config: { access: 'public' }, schema: { params: z.object({ how: z.string() }) } }, async ({ params }) => {
    if (params.how === 'app') throw new AppError(503, 'database_unavailable', 'Try again.', { internal: 'ECONNREFUSED' });
    throw new Error('a message that quotes topsecret');
  });
  return made;
}

beforeEach(async () => {
  server = await createServer();
});
afterEach(() => closeHttpServer(server, 1_000));

const inject = (options: InjectOptions) => server.inject({ headers: { 'x-role': 'administrator' }, ...options });
const post = (payload: NonNullable<InjectOptions['payload']>, headers: Record<string, string> = {}) =>
  inject({ method: 'POST', url: '/api/v1/things', payload, headers: { 'x-role': 'administrator', 'content-type': 'application/json', ...headers } });

describe('access', () => {
  it.each([
    ['/api/v1/public', undefined, 200],
    ['/api/v1/signed-in', undefined, 401],
    ['/api/v1/signed-in', 'viewer', 200],
    ['/api/v1/administrator', undefined, 401],
    ['/api/v1/administrator', 'viewer', 403],
    ['/api/v1/administrator', 'administrator', 200],
    ['/internal/v1/gateway', 'administrator', 403],
    ['/internal/v1/gateway', 'gateway', 200],
  ])('%s as %s answers %i', async (url, role, status) => {
    const headers = role === undefined ? {} : { 'x-role': role };
    expect((await server.inject({ url, headers })).statusCode).toBe(status);
    expect((await server.inject({ url, headers, method: 'HEAD' })).statusCode).toBe(status);
  });

  it.each([{}, { config: {} }, { config: { access: 'everybody' } }])('is declared by every route, or it is refused at registration: %j', async (options) => {
    const fresh = await createServer();
    expect(() => fresh.get('/forgotten', options as never, async () => 'open')).toThrow('does not declare its access');
    await fresh.close();
  });

  it('is checked before the body is read', async () => {
    const answer = await server.inject({ method: 'POST', url: '/api/v1/things', payload: '{not json', headers: { 'content-type': 'application/json' } });
    expect(answer.statusCode).toBe(401);
  });

  it('is refused when the authenticator itself fails', async () => {
    const failing = await createServer({ authenticate: () => Promise.reject(new Error('broken')) });
    expect((await failing.inject('/api/v1/signed-in')).statusCode).toBe(500);
    await failing.close();
  });
});

describe('a problem', () => {
  it.each([
    ['malformed JSON', () => post('{"name":'), 400, 'invalid_json'],
    ['an empty body', () => post(''), 400, 'invalid_json'],
    ['a body of another type', () => post('name=x', { 'content-type': 'text/csv' }), 415, 'unsupported_media_type'],
    ['a member of the wrong type', () => post({ name: 'x', size: 'large' }), 400, 'invalid_request'],
    ['a body over the limit', () => post({ name: 'x'.repeat(1024 * 1024), size: 1 }), 413, 'request_too_large'],
    ['a prototype in the body', () => post('{"__proto__":{"a":1},"name":"x","size":1}'), 400, 'invalid_json'],
    ['an unknown route', () => inject({ url: '/api/v1/nothing?token=abc' }), 404, 'not_found'],
    ['a method that the route has not', () => inject({ method: 'DELETE', url: '/api/v1/public' }), 404, 'not_found'],
    ['a malformed address', () => inject({ url: '/api/v1/%ZZ' }), 400, 'invalid_request'],
    ['a parameter that is too long', () => inject({ url: `/fails/${'x'.repeat(300)}` }), 414, 'invalid_request'],
    ['an error of ours', () => inject({ url: '/fails/app' }), 503, 'database_unavailable'],
    ['any other error', () => inject({ url: '/fails/else' }), 500, 'internal_error'],
  ])('answers %s', async (_what, send, status, code) => {
    const answer = await send();
    const body = answer.json<Record<string, unknown>>();
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ type: 'about:blank', status, code, title: expect.any(String), detail: expect.any(String), instance: expect.stringMatching(/^urn:uuid:/) });
    expect(answer.body).not.toContain('token=abc');
  });

  it('names what is wrong, member by member', async () => {
    expect((await post({ name: 'x'.repeat(30), size: 'large' })).json<{ errors: unknown }>().errors).toEqual([
      { path: '/name', message: expect.any(String) },
      { path: '/size', message: expect.any(String) },
    ]);
  });

  it('shows and logs nothing of an unexpected error but its place, under the same id', async () => {
    const answer = await inject({ url: '/fails/else' });
    expect(answer.body).not.toContain('topsecret');
    expect(logged).not.toContain('topsecret');
    expect(logged).toContain('server.test.ts');
    expect(logged).toContain(answer.json<{ instance: string }>().instance.replace('urn:uuid:', ''));
  });

  it('keeps the inner reason of our own error for the log', async () => {
    expect((await inject({ url: '/fails/app' })).body).not.toContain('ECONNREFUSED');
    expect(logged).toContain('ECONNREFUSED');
  });
});

describe('an answer', () => {
  it('holds only what its schema declares', async () => {
    expect((await post({ name: 'x', size: 1 })).json()).toEqual({ name: 'x', size: 1 });
  });

  it('carries the security headers, whatever it is', async () => {
    for (const url of ['/api/v1/public', '/nothing', '/fails/else']) {
      const { headers } = await inject({ url });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers['strict-transport-security']).toBeUndefined();
    }
  });

  it('that is a page may run scripts of ours alone and stand in no frame', async () => {
    const { headers } = await inject({ url: '/page' });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers['cache-control']).toBe('no-cache');
  });

  it('insists on https only where browsers use it', async () => {
    const secure = await createServer({ https: true });
    expect((await secure.inject('/api/v1/public')).headers['strict-transport-security']).toBe('max-age=31536000');
    await secure.close();
  });
});

describe('the Host header', () => {
  const asked = async (host: string) => (await inject({ url: '/api/v1/public', headers: { host } })).statusCode;

  it.each(['localhost', 'localhost:7070', '127.0.0.1:7070', '[::1]:7070', '10.1.2.3', 'sallyport.localhost:7070', 'LOCALHOST', 'console.example.org:443', 'console.example.org.'])('may be %s', async (host) => {
    await server.close();
    server = await createServer({ allowedHosts: ['Console.example.org'] });
    expect(await asked(host)).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', 'evil.example:7070', '127.0.0.1.evil.example', 'user@localhost', 'localhost/..', ' '])('may not be %j', async (host) => {
    expect(await asked(host)).toBe(421);
  });
});

describe('on the wire', () => {
  const listen = async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    return (server.server.address() as AddressInfo).port;
  };
  const raw = async (text: string): Promise<string> => {
    const socket = connect(await listen(), '127.0.0.1');
    socket.end(text);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  };

  it.each([
    ['what is not HTTP', 'nonsense\r\n\r\n', '400 Bad Request', 'invalid_request'],
    ['headers over the limit', `GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large', 'headers_too_large'],
  ])('answers %s with a problem', async (_what, text, status, code) => {
    const answer = await raw(text);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ code });
  });

  it('refuses a request without a host', async () => {
    expect(await raw('GET /api/v1/public HTTP/1.0\r\n\r\n')).toContain('HTTP/1.1 421');
  });

  it('lets a running request end when it closes, and cuts what takes longer than the grace', async () => {
    const slow = await createServer();
    const going = Promise.withResolvers<void>();
    const entered = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    slow.get('/slow', { config: { access: 'public' } }, async () => (entered[0].resolve(), going.promise.then(() => 'done')));
    slow.get('/endless', { config: { access: 'public' } }, () => new Promise(() => entered[1].resolve()));
    await slow.listen({ host: '127.0.0.1', port: 0 });
    const { port } = slow.server.address() as AddressInfo;
    const answered = fetch(`http://127.0.0.1:${port}/slow`).then((answer) => answer.text());
    const cut = once(httpRequest({ port, path: '/endless', host: '127.0.0.1' }).end(), 'error');
    await Promise.all(entered.map(({ promise }) => promise));
    const closed = closeHttpServer(slow, 500);
    going.resolve();
    expect(await answered).toBe('done');
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }]);
    await closed;
  });
});

describe('the description', () => {
  it('is OpenAPI 3.1 of the API alone, with access and problems', async () => {
    await server.ready();
    const document = server.swagger() as unknown as { openapi: string; paths: Record<string, Record<string, Record<string, unknown>>> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(['/api/v1/administrator', '/api/v1/public', '/api/v1/signed-in', '/api/v1/things']);
    expect(document.paths['/api/v1/public']?.['get']?.['security']).toEqual([]);
    expect(document.paths['/api/v1/things']?.['post']?.['security']).toEqual([{ session: [] }, { bearer: [] }]);
    expect(document.paths['/api/v1/things']?.['post']?.['responses']).toMatchObject({ 200: {}, default: { content: { 'application/problem+json': {} } } });
  });
});

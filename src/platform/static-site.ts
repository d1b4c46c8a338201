import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { notFound } from './errors.ts';
import type { HttpServer } from './http/index.ts';

const PAGE = 'index.html';
/** Files whose names hold a digest of their content. */
const IMMUTABLE = 'assets/';

/**
 * Serves a built single-page application on every path that nothing else answers: its files by their names, and its page for the
 * places within it. Only names that stood in the folder when it was first read are ever served.
 *
 * @param folder the build's output
 * @param reserved first parts of paths that are never the application's, such as `/api/`
 * @param whenMissing HTML to show when there is no build
 */
export async function serveStaticSite(server: HttpServer, { folder, reserved, whenMissing }: { folder: string; reserved: readonly string[]; whenMissing: string }): Promise<void> {
  await server.register(fastifyStatic, { root: folder, serve: false });
  let files: ReadonlySet<string> | undefined;
  const page = (reply: FastifyReply) =>
    existsSync(join(folder, PAGE)) ? reply.header('cache-control', 'no-cache').sendFile(PAGE, { cacheControl: false }) : reply.type('text/html; charset=utf-8').send(whenMissing);

  server.get('/*', { config: { access: 'public' }, schema: { hide: true } }, (request, reply) => {
    const path = decodeURI(request.url.split('?', 1)[0] ?? '/');
    if (reserved.some((prefix) => `${path}/`.startsWith(prefix))) throw notFound(`GET ${path.slice(0, 200)}`);
    if (files === undefined && existsSync(join(folder, PAGE))) files = listFiles(folder);
    const name = path.slice(1);
    if (name === '' || name === PAGE) return page(reply);
    if (files?.has(name) === true) return reply.sendFile(name, name.startsWith(IMMUTABLE) ? { maxAge: '365d', immutable: true } : { maxAge: 0 });
    // A file that is not there is an error; a place within the application is its page.
    if (name.startsWith(IMMUTABLE) || !(request.headers.accept ?? '').includes('text/html')) throw notFound(`GET ${path.slice(0, 200)}`);
    return page(reply);
  });
}

const listFiles = (folder: string): ReadonlySet<string> =>
  new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll(sep, '/')),
  );

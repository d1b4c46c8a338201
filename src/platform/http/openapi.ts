import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Access } from './access.ts';
import type { HttpServer } from './index.ts';
import { PROBLEM_TYPE } from './problem.ts';

export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

const API_PREFIX = '/api/';
const PROBLEM_REF = '#/components/schemas/Problem';

const SECURITY: Readonly<Record<Access, readonly Record<string, string[]>[]>> = {
  public: [],
  'signed-in': [{ session: [] }, { bearer: [] }],
  administrator: [{ session: [] }, { bearer: [] }],
  gateway: [{ bearer: [] }],
};

const COMPONENTS = {
  securitySchemes: {
    session: { type: 'apiKey', in: 'cookie', name: 'sallyport_session' },
    bearer: { type: 'http', scheme: 'bearer' },
  },
} as const;

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do about it.' },
    code: { type: 'string', description: 'Stable and machine-readable.' },
    instance: { type: 'string', description: 'Names the request in the log.' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
} as const;

/** Describes every route under /api/ as OpenAPI 3.1, from the schemas that check it; `server.swagger()` gives the document. */
export async function describeApi(server: HttpServer, info: ApiDescription): Promise<void> {
  await server.register(swagger, {
    openapi: { openapi: '3.1.0', info, components: COMPONENTS },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      if (!route.url.startsWith(API_PREFIX)) return { schema: { ...schema, hide: true }, url };
      const access = (route.route.config as { access?: Access } | undefined)?.access ?? 'administrator';
      return { schema: { ...schema, security: [...SECURITY[access]] }, url };
    },
    transformObject: (given) => withProblems(jsonSchemaTransformObject(given) as unknown as Described) as never,
  });
}

interface Described {
  components?: { schemas?: Record<string, unknown> };
  paths?: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
}

/** Every operation may end in a problem; said once here and not in every route. */
function withProblems(document: Described): Described {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(operations)) {
      operation.responses = { ...operation.responses, default: { description: 'Problem', content: { [PROBLEM_TYPE]: { schema: { $ref: PROBLEM_REF } } } } };
    }
  }
  const schemas = withoutUnused({ ...document.components?.schemas, Problem: PROBLEM_SCHEMA }, JSON.stringify(document.paths));
  return { ...document, components: { ...document.components, schemas } };
}

/** Each named schema comes in two forms, one for requests and one for answers; the form that nothing names is left out. */
function withoutUnused(schemas: Record<string, unknown>, paths: string): Record<string, unknown> {
  const uses = paths + JSON.stringify(schemas);
  const used = Object.entries(schemas).filter(([name]) => !name.endsWith('Input') || uses.includes(`"#/components/schemas/${name}"`));
  return used.length === Object.keys(schemas).length ? schemas : withoutUnused(Object.fromEntries(used), paths);
}

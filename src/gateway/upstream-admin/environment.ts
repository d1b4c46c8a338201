import { Secret } from '#platform/secret.ts';

/** An upstream that the environment declares. */
export interface DeclaredUpstream {
  readonly name: string;
  /** As it was written; whether there is such a kind is seen when it is declared. */
  readonly kind: string;
  readonly baseUrl: string;
  readonly apiKey: Secret | undefined;
  readonly models: readonly string[];
  readonly allowPrivate: boolean;
}

const VARIABLE = /^SALLYPORT_UPSTREAM_([A-Z0-9_]{1,60})_BASE_URL$/;

/**
 * Reads `SALLYPORT_UPSTREAM_<NAME>_BASE_URL`, `_KIND` (`openai-compatible` unless told), `_API_KEY`, `_MODELS` (comma-separated) and
 * `_ALLOW_PRIVATE` (`true`).
 * `MY_GPT` declares the upstream `my-gpt`.
 */
export function readDeclaredUpstreams(environment: Readonly<Record<string, string | undefined>>): DeclaredUpstream[] {
  return Object.keys(environment)
    .map((variable) => VARIABLE.exec(variable)?.[1])
    .filter((word) => word !== undefined)
    .sort()
    .map((word) => {
      const read = (suffix: string) => environment[`SALLYPORT_UPSTREAM_${word}_${suffix}`] ?? '';
      const apiKey = read('API_KEY');
      return {
        name: word.toLowerCase().replaceAll('_', '-'),
        kind: read('KIND') || 'openai-compatible',
        baseUrl: read('BASE_URL'),
        apiKey: apiKey === '' ? undefined : new Secret(apiKey),
        models: read('MODELS').split(',').map((model) => model.trim()).filter((model) => model !== ''),
        allowPrivate: read('ALLOW_PRIVATE').toLowerCase() === 'true',
      };
    });
}

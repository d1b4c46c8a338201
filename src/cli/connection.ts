import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure, misuse } from './failure.ts';

export const DEFAULT_DATA_FOLDER = './.sallyport';
const TIMEOUT_MS = 30_000;

export interface ConnectionOptions {
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
}

/** Control's API as the commands use it. */
export interface Connection {
  /**
   * @param path below /api/v1
   * @throws CommandFailure with the problem's advice when the answer is not 2xx
   */
  request<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Where the API is, without trailing slash. */
  readonly api: string;
}

/**
 * Finds the instance: by its address and a credential, or by the file that a running one keeps in its data folder.
 *
 * @throws CommandFailure when there is none
 */
export function connect(options: ConnectionOptions): Connection {
  const { api, token } = options.url === undefined ? readLocal(options.data) : remote(options.url, options.token);
  return {
    api,
    request: async <T>(method: string, path: string, body?: unknown) => {
      const response = await send(api + path, method, { token, body });
      const text = await response.text();
      if (!response.ok) throw failureOf(response.status, text);
      return (text === '' ? undefined : parse(text)) as T;
    },
  };
}

function remote(url: string, token: string | undefined): { api: string; token: string } {
  const credential = token ?? process.env['SALLYPORT_TOKEN'];
  if (credential === undefined) throw misuse('--url needs a credential: set SALLYPORT_TOKEN, or give --token.');
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) throw misuse('--url must be an address such as https://sallyport.example.');
  const base = (parsed.origin + parsed.pathname).replace(/\/+$/, '');
  return { api: base.endsWith('/api/v1') ? base : `${base}/api/v1`, token: credential };
}

function readLocal(folder: string): { api: string; token: string } {
  const file = join(folder, 'local.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandFailure(`No running Sallyport was found in ${folder}. Start one with \`sallyport up --data ${folder}\`, or name another folder with --data.`);
    throw new CommandFailure(`${file} cannot be read (${code ?? 'unknown'}). Run this as the user that runs Sallyport.`);
  }
  const local = parse(text) as { api?: unknown; token?: unknown };
  if (typeof local.api !== 'string' || typeof local.token !== 'string') throw new CommandFailure(`${file} is damaged. Start Sallyport again; it writes the file anew.`);
  return { api: local.api, token: local.token };
}

async function send(url: string, method: string, { token, body }: { token: string; body: unknown }): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') throw new CommandFailure(`${new URL(url).origin} did not answer within ${TIMEOUT_MS / 1000} seconds.`);
    throw new CommandFailure(`Nothing answers at ${new URL(url).origin}. Is Sallyport running? Start it with \`sallyport up\`.`);
  }
}

function failureOf(status: number, text: string): CommandFailure {
  const problem = parse(text) as { detail?: unknown; code?: unknown; errors?: { path: string; message: string }[] };
  if (typeof problem.detail !== 'string') return new CommandFailure(`Control answered ${status} and not as Sallyport does. Is this its address?`);
  const errors = (problem.errors ?? []).map(({ path, message }) => `\n  ${path}: ${message}`).join('');
  return new CommandFailure(`${problem.detail} (${String(problem.code)})${errors}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {};
  }
}

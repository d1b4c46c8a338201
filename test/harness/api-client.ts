import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Calls control's API as the local administrator whose credential stands in the data folder. */
export interface ApiClient {
  /** @throws Error with status and body when the answer is not 2xx */
  request<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export function apiClient(dataFolder: string): ApiClient {
  return {
    async request<T>(method: string, path: string, body?: unknown): Promise<T> {
      const local = JSON.parse(readFileSync(join(dataFolder, 'local.json'), 'utf8')) as { api: string; token: string };
      const response = await fetch(local.api + path, {
        method,
        headers: { authorization: `Bearer ${local.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}

export interface ListedExchange {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly api: string;
  readonly outcome?: string;
  readonly effect?: string;
  readonly masked: number;
  readonly restored: number;
}

/** Every exchange that control holds, newest first, walked page by page. */
export async function allExchanges(api: ApiClient): Promise<ListedExchange[]> {
  const all: ListedExchange[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.request<{ items: ListedExchange[]; next?: string }>('GET', `/exchanges?limit=200${cursor === undefined ? '' : `&before=${encodeURIComponent(cursor)}`}`);
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}

/** Asks again until the answer satisfies, since records reach control a moment after the caller was answered. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, timeoutMs = 20_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (satisfies(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Calls of a rig, as bytes and through the OpenAI library. */
import OpenAI from 'openai';
import { KEY, type Rig } from './rig.ts';

export interface CallInit {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

export interface RawAnswer {
  readonly status: number;
  /** Of the error in the body; empty when there is none. */
  readonly code: string;
  readonly body: string;
  readonly headers: Headers;
}

/** A call as bytes, with the rig's key. */
export async function post(rig: Rig, body: string | Buffer | undefined, init: CallInit = {}): Promise<RawAnswer> {
  const response = await fetch(rig.url + (init.path ?? '/v1/chat/completions'), {
    method: init.method ?? 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...init.headers },
    ...(body === undefined ? {} : { body: body as string }),
  });
  const text = await response.text();
  let code = '';
  try {
    code = (JSON.parse(text) as { error?: { code?: string } }).error?.code ?? '';
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, code, body: text, headers: response.headers };
}

/** How a call of the library failed. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<{ status: number | undefined; code: string | null | undefined; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return { status: error.status, code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It was expected to fail.');
}

export const prompt = (content: string, members: object = {}): string => JSON.stringify({ model: 'm1', messages: [{ role: 'user', content }], ...members });

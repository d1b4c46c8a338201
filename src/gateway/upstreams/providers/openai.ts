import type { Provider } from './provider.ts';

/** Words, dates and commas, which is all that lists of beta features hold. */
export const FEATURE_LIST = /^[\w.=;, -]{1,512}$/;

export const OPENAI_PATHS = {
  'openai.chat_completions': '/chat/completions',
  'openai.responses': '/responses',
  'openai.completions': '/completions',
  'openai.embeddings': '/embeddings',
  'openai.moderations': '/moderations',
} as const satisfies Provider['paths'];

export const OPENAI_ANSWER_HEADERS = [
  'openai-processing-ms', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-ratelimit-limit-requests', 'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens',
] as const;

export const openai: Provider = {
  label: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  example: 'https://api.openai.com/v1',
  credential: { header: 'authorization', prefix: 'Bearer ' },
  paths: OPENAI_PATHS,
  callerHeaders: [{ name: 'openai-beta', value: FEATURE_LIST }],
  answerHeaders: OPENAI_ANSWER_HEADERS,
};

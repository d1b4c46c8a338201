import { FEATURE_LIST } from './openai.ts';
import type { Provider } from './provider.ts';

const LIMITED = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

export const anthropic: Provider = {
  label: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  example: 'https://api.anthropic.com/v1',
  credential: { header: 'x-api-key', prefix: '' },
  paths: {
    'anthropic.messages': '/messages',
    'anthropic.count_tokens': '/messages/count_tokens',
  },
  callerHeaders: [
    { name: 'anthropic-version', value: /^\d{4}-\d\d-\d\d$/, otherwise: '2023-06-01' },
    { name: 'anthropic-beta', value: FEATURE_LIST },
  ],
  answerHeaders: [
    'retry-after', 'retry-after-ms', 'x-should-retry',
    ...LIMITED.flatMap((what) => ['limit', 'remaining', 'reset'].map((which) => `anthropic-ratelimit-${what}-${which}`)),
  ],
};

import { OPENAI_ANSWER_HEADERS, OPENAI_PATHS } from './openai.ts';
import type { Provider } from './provider.ts';

/**
 * Azure OpenAI. Its version 1 API takes the deployment's name as `model`; the dated ones take it in the path
 * (learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle).
 */
export const azureOpenai: Provider = {
  label: 'Azure OpenAI',
  baseUrl: null,
  example: 'https://RESOURCE.openai.azure.com/openai/v1; with an API version: https://RESOURCE.openai.azure.com/openai',
  credential: { header: 'api-key', prefix: '' },
  paths: {
    'openai.chat_completions': OPENAI_PATHS['openai.chat_completions'],
    'openai.responses': OPENAI_PATHS['openai.responses'],
    'openai.completions': OPENAI_PATHS['openai.completions'],
    'openai.embeddings': OPENAI_PATHS['openai.embeddings'],
  },
  versionedPaths: {
    'openai.chat_completions': '/deployments/{model}/chat/completions?api-version={version}',
    'openai.responses': '/responses?api-version={version}',
    'openai.completions': '/deployments/{model}/completions?api-version={version}',
    'openai.embeddings': '/deployments/{model}/embeddings?api-version={version}',
  },
  callerHeaders: [],
  answerHeaders: OPENAI_ANSWER_HEADERS,
};

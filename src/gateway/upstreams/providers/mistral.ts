import { OPENAI_ANSWER_HEADERS } from './openai.ts';
import type { Provider } from './provider.ts';

/** Mistral speaks OpenAI's chat and embeddings, and neither its responses nor its plain completions. */
export const mistral: Provider = {
  label: 'Mistral',
  baseUrl: 'https://api.mistral.ai/v1',
  example: 'https://api.mistral.ai/v1',
  credential: { header: 'authorization', prefix: 'Bearer ' },
  paths: {
    'openai.chat_completions': '/chat/completions',
    'openai.embeddings': '/embeddings',
    'openai.moderations': '/moderations',
  },
  callerHeaders: [],
  answerHeaders: OPENAI_ANSWER_HEADERS,
};

/** OpenAI's operations on plain texts: completions, embeddings, moderations. */
import { chunkStream } from './openai-chat.ts';
import type { Operation } from './dialect.ts';
import { ANSWER, IMAGE, PARAMETER, settings, USER } from './places.ts';
import { compilePaths, type Place } from './path-table.ts';

/** A text, or in its place the ids of its tokens. */
const TEXT_OR_TOKENS: Place = { ...USER, payload: 'tokens' };
const VECTOR: Place = { ...PARAMETER, payload: 'vector' };

const COMPLETIONS_ANSWER_PATHS = compilePaths(
  {
    '/choices/*/text': ANSWER,
    '/choices/*/index': PARAMETER,
    '/choices/*/finish_reason': PARAMETER,
    '/usage/**': PARAMETER,
    ...settings('id', 'object', 'created', 'model', 'system_fingerprint'),
  },
  {},
);

export const COMPLETIONS: Operation = {
  api: 'openai.completions',
  requestPaths: compilePaths(
    {
      '/prompt': TEXT_OR_TOKENS,
      '/prompt/**': TEXT_OR_TOKENS,
      '/suffix': USER,
      '/stop/**': PARAMETER,
      '/logit_bias/**': PARAMETER,
      '/stream_options/**': PARAMETER,
      ...settings('model', 'seed', 'n', 'best_of', 'echo', 'logprobs', 'stream', 'temperature', 'top_p', 'max_tokens', 'presence_penalty', 'frequency_penalty'),
    },
    {},
  ),
  answerPaths: COMPLETIONS_ANSWER_PATHS,
  usage: { objects: ['/usage'], input: ['prompt_tokens'], output: 'completion_tokens' },
  stream: chunkStream(COMPLETIONS_ANSWER_PATHS),
};

export const EMBEDDINGS: Operation = {
  api: 'openai.embeddings',
  requestPaths: compilePaths({ '/input': TEXT_OR_TOKENS, '/input/**': TEXT_OR_TOKENS, ...settings('model', 'encoding_format', 'dimensions') }, {}),
  answerPaths: compilePaths(
    { '/data/*/embedding': VECTOR, '/data/*/embedding/*': VECTOR, '/data/*/index': PARAMETER, '/data/*/object': PARAMETER, '/usage/**': PARAMETER, ...settings('object', 'model') },
    {},
  ),
  usage: { objects: ['/usage'], input: ['prompt_tokens'], output: 'completion_tokens' },
};

export const MODERATIONS: Operation = {
  api: 'openai.moderations',
  requestPaths: compilePaths(
    { '/input': USER, '/input/*': USER, '/input/*/type': PARAMETER, '/input/*/text': USER, '/input/*/image_url/url': IMAGE, ...settings('model') },
    {},
  ),
  answerPaths: compilePaths({ '/results/**': PARAMETER, ...settings('id', 'model') }, {}),
  usage: { objects: [], input: [], output: '' },
  defaultModel: 'omni-moderation-latest',
};

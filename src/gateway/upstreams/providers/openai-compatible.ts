import { anthropic } from './anthropic.ts';
import { openai, OPENAI_ANSWER_HEADERS, OPENAI_PATHS } from './openai.ts';
import type { Provider } from './provider.ts';

/**
 * Whatever else speaks OpenAI's API: vLLM, Ollama, llama.cpp, LM Studio, many hosts. Several of them speak Anthropic's as well. Which
 * parts of either a server has, it says itself.
 */
export const openaiCompatible: Provider = {
  label: 'OpenAI-compatible (vLLM, Ollama, …)',
  baseUrl: null,
  example: 'http://127.0.0.1:11434/v1',
  credential: { header: 'authorization', prefix: 'Bearer ' },
  paths: { ...OPENAI_PATHS, ...anthropic.paths },
  callerHeaders: [...openai.callerHeaders, ...anthropic.callerHeaders.map(({ name, value }) => ({ name, value }))],
  answerHeaders: OPENAI_ANSWER_HEADERS,
};

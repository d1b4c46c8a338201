/** The kinds of providers: one file each, all data. A further kind is a file and a line here. */
import type { UpstreamEntry } from '../../../shapes.ts';
import { anthropic } from './anthropic.ts';
import { azureOpenai } from './azure-openai.ts';
import { mistral } from './mistral.ts';
import { openaiCompatible } from './openai-compatible.ts';
import { openai } from './openai.ts';
import type { Provider } from './provider.ts';

export type { Provider } from './provider.ts';

/** All but the sandbox, which is part of the gateway. */
export type ProviderKind = Exclude<UpstreamEntry['kind'], 'sandbox'>;

export const PROVIDERS: Readonly<Record<ProviderKind, Provider>> = {
  openai,
  'azure-openai': azureOpenai,
  anthropic,
  mistral,
  'openai-compatible': openaiCompatible,
};

export const isProviderKind = (word: string): word is ProviderKind => Object.hasOwn(PROVIDERS, word);

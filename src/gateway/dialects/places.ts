/** What the places of bodies mean, shared by the tables of all operations. */
import type { MessageRoles, PathTable, Place } from './path-table.ts';

export const BY_MESSAGE: Place = { role: 'unknown', trust: 'untrusted', byMessage: true };
export const PARAMETER: Place = { role: 'parameter', trust: 'untrusted', numberIsSetting: true };
export const SYSTEM: Place = { role: 'system', trust: 'operator' };
export const USER: Place = { role: 'user', trust: 'user' };
export const TOOL_DEFINITION: Place = { role: 'tool_definition', trust: 'operator' };
export const TOOL_RESULT: Place = { role: 'tool_result', trust: 'tool' };
export const DOCUMENT: Place = { role: 'document', trust: 'document' };
export const REASONING: Place = { role: 'reasoning', trust: 'model' };
export const ARGUMENTS: Place = { role: 'tool_arguments', trust: 'model', holdsJson: true };
/** What a tool is called with, where it is no JSON: code, a patch, a command. */
export const TOOL_INPUT: Place = { role: 'tool_arguments', trust: 'model' };
export const ANSWER: Place = { role: 'assistant', trust: 'model' };

export const IMAGE: Place = { ...DOCUMENT, payload: 'image' };
export const AUDIO: Place = { ...DOCUMENT, payload: 'audio' };
export const FILE: Place = { ...DOCUMENT, payload: 'file' };
export const ENCRYPTED: Place = { ...REASONING, payload: 'encrypted', isSigned: true };
/** An id of something that the provider stores under its account, which all applications share. */
export const HANDLE: Place = { ...PARAMETER, isHandle: true };

export const MESSAGE_ROLES: MessageRoles = {
  system: SYSTEM,
  developer: SYSTEM,
  user: USER,
  assistant: ANSWER,
  tool: TOOL_RESULT,
  function: TOOL_RESULT,
};

/** Members of the body itself that say how to answer. */
export const settings = (...names: string[]): PathTable => Object.fromEntries(names.map((name) => [`/${name}`, PARAMETER]));

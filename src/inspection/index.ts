/** Finds sensitive data in text: pure, offline, and linear in time for every input. */
export { createInspector, type Inspector, type Match } from './inspector.ts';
export { type KindDescription } from './recognisers.ts';
export { createStreamInspector, type SettledText, type StreamInspector } from './stream.ts';
export { inspectStream } from './inspect-lines.ts';

/** Reversible replacement of values by typed placeholders. Pure: both planes may use it. */
export { createMasker, deriveApplicationKey, type Masker, type MaskerNeeds, type MaskSpan } from './masker.ts';
export { escapeForJson, type Escape, type Restorer, type RestoreStream } from './restorer.ts';

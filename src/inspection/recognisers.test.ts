import { describe, expect, it } from 'vitest';
import { createInspector } from './inspector.ts';
import { exampleText, readPacks } from './sensitive/packs.ts';

const inspector = createInspector({ disabled: [] });
const { tokens, assignments, coded } = readPacks();
const entries = [...coded, ...tokens, ...assignments].map(({ kind, positive, negative = [] }) => ({ kind, positive, negative }));

const kindsIn = (text: string) => inspector.inspect(text).map(({ kind }) => kind);

describe('the examples of the packs', () => {
  for (const { kind, positive, negative } of entries) {
    it.each(positive)(`${kind}: found in %j`, (example) => {
      expect(kindsIn(exampleText(example))).toContain(kind);
    });
    it.each(negative.length > 0 ? negative : ['nothing here'])(`${kind}: not found in %j`, (example) => {
      expect(kindsIn(exampleText(example))).not.toContain(kind);
    });
  }
});

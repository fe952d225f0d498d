import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventReference, eventTypes } from '../../../src/app/event-types.ts';

describe('the types of events', () => {
  it('are documented: the table of docs/api.md is what the registry says', () => {
    expect(readFileSync('docs/api.md', 'utf8').split(/<!-- \/?events -->\n/)[1]?.trim()).toBe(eventReference());
  });

  it('come in pairs where something takes a while', () => {
    const begun = Object.keys(eventTypes).filter((type) => type.endsWith('.started'));
    const ended = Object.keys(eventTypes).filter((type) => type.endsWith('.finished'));
    expect(begun.map((type) => type.replace('started', 'finished'))).toEqual(ended);
  });
});

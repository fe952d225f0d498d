import { expect, it } from 'vitest';
import { any, defineSpec, flag, list, map, record, secret, set, text } from '../../../src/core/spec.ts';
import { kindReference } from '../../../src/providers/reference.ts';

const door = defineSpec('house.door', {
  always: { name: text({ immutable: true }) },
  fields: {
    open: flag({ default: false, access: 'who stands before it' }),
    sign: text({ default: null, about: 'a | or two\nlines' }),
    keys: set(text(), { about: 'of brass', immutable: true }),
    codes: set(secret()),
    steps: list(text()),
    odd: list(any()),
    code: secret(),
    notes: map(set(text())),
    frame: record({ wood: text() }),
  },
});
const bell = defineSpec('house.bell', { always: { name: text() }, fields: {} });

it('the kinds of a provider are tables of their fields', () => {
  expect(kindReference({ specs: [door, bell] })).toBe(`### \`house.door\`

| field | form | unstated | who gets in, or what a token says | |
| --- | --- | --- | --- | --- |
| \`name\` | text |  |  | a change deletes the object and makes it anew |
| \`open\` | flag | \`false\` | who stands before it |  |
| \`sign\` | text | nothing |  | a \\| or two lines |
| \`keys\` | set of text |  |  | of brass; a change deletes the object and makes it anew |
| \`codes\` | set of secret |  |  |  |
| \`steps\` | list of text |  |  |  |
| \`odd\` | list of any |  |  |  |
| \`code\` | secret |  |  |  |
| \`notes\` | map of set of text |  |  |  |
| \`frame\` | record |  |  |  |
| \`frame.wood\` | text |  |  |  |

### \`house.bell\`

| field | form | unstated | who gets in, or what a token says | |
| --- | --- | --- | --- | --- |
| \`name\` | text |  |  |  |`);
});

import { expect, it } from 'vitest';
import { errnoOf, statusOf } from '../../../src/providers/thrown.ts';

it.each([
  [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [{ code: 7 }, undefined],
  [new Error('no'), undefined],
  [undefined, undefined],
  ['ECONNREFUSED', undefined],
])('the code of %o is %s', (thrown, code) => expect(errnoOf(thrown)).toBe(code));

it.each([
  [{ $metadata: { httpStatusCode: 404 } }, 404],
  [{ $metadata: { httpStatusCode: '404' } }, undefined],
  [{ $metadata: {} }, undefined],
  [new Error('no answer'), undefined],
  [null, undefined],
])('the status of %o is %s', (thrown, status) => expect(statusOf(thrown)).toBe(status));

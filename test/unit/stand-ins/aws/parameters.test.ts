import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, isReservedHeader, parseChange, parseExpression } from '../../../../infra/stand-ins/src/aws/parameters.ts';

describe('a mapping key', () => {
  it.each([
    ['append:header.X-A', 'request', { action: 'append', place: 'header', name: 'X-A' }],
    ['overwrite:querystring.a.b', 'request', { action: 'overwrite', place: 'querystring', name: 'a.b' }],
    ['overwrite:path', 'request', { action: 'overwrite', place: 'path' }],
    ['overwrite:statuscode', 'response', { action: 'overwrite', place: 'statuscode' }],
    ['remove:header.x', 'response', { action: 'remove', place: 'header', name: 'x' }],
    ['append:path', 'request', undefined],
    ['overwrite:path', 'response', undefined],
    ['overwrite:statuscode', 'request', undefined],
    ['append:querystring.x', 'response', undefined],
    ['append:header.x y', 'request', undefined],
    ['append:header.x\r\ny', 'request', undefined],
    ['append:body.x', 'request', undefined],
  ] as const)('%j of a %s reads as it should', (key, side, change) => {
    expect(parseChange(key, side)).toEqual(change);
  });

  it('never touches a reserved header, in any case', () => {
    const names = ['Authorization', 'HOST', 'x-amzn-any', 'Access-Control-Allow-Origin', 'Via', 'x-forwarded-for', 'x-user'];
    expect(names.filter(isReservedHeader)).toEqual([
      'Authorization',
      'x-amzn-any',
      'Access-Control-Allow-Origin',
      'Via',
      'x-forwarded-for',
    ]);
  });
});

describe('a mapping value', () => {
  const values: Record<string, string> = { 'context.stage': 'beta', 'request.path.id': '7' };
  const evaluated = (text: string): unknown => {
    const expression = parseExpression(text, 'request');
    return expression && [evaluate(expression, (name) => values[name])];
  };

  it.each([
    ['$context.stage', ['beta']],
    ['${context.stage}', ['beta']],
    ['$context.nothing', [undefined]],
    ['a ${context.stage}/${request.path.id}!', ['a beta/7!']],
    ['${context.nothing}-x', ['-x']],
    ['cost: 5$', ['cost: 5$']],
    ['', ['']],
    ['$response.header.x', undefined],
    ['${response.body}', undefined],
    ['$unknown.x', undefined],
    ['${context.stage', undefined],
  ])('%j is read and evaluated', (text, value) => {
    expect(evaluated(text)).toEqual(value);
  });

  it('without a dollar sign is itself', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => {
          expect(evaluated(text)).toEqual([text]);
        },
      ),
    );
  });
});

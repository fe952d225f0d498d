import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillUri, isIntegrationUri } from '../../../../infra/stand-ins/src/aws/uri.ts';

describe('an integration URI', () => {
  it('is filled in without being normalised', () => {
    expect(fillUri('https://a.example/x/{id}/../{rest}?q={id}', { id: '..', rest: 'b/./c' }, {})).toEqual({
      secure: true,
      host: 'a.example',
      port: 443,
      path: '/x/../../b/./c',
      query: 'q=..',
    });
  });

  it('takes an IPv6 host, a port, and an empty path', () => {
    expect(fillUri('http://[::1]:8080', {}, {})).toEqual({ secure: false, host: '::1', port: 8080, path: '/', query: '' });
  });

  it('leaves a variable empty that has no value, even one named like a method of every object', () => {
    expect(fillUri('http://a/{toString}/{missing}', {}, {})?.path).toBe('//');
  });

  it('is none when a stage variable spoils it', () => {
    expect([fillUri('http://${stageVariables.host}/x', {}, {}), fillUri('${stageVariables.url}', {}, { url: 'ftp://a' })]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each(['http://a/{x}', 'http://${stageVariables.host}/x', 'https://a.example:8443/x?y={z}', 'http://${stageVariables.sub}.a.example'])(
    'may be %s',
    (uri) => {
      expect(isIntegrationUri(uri)).toBe(true);
    },
  );

  it.each([
    '',
    'a',
    'http://',
    'http://{h}/',
    'http://a b/',
    'http://a/\u00e9',
    'http://a:99999/',
    'http://u@a/',
    'file:///x',
    'http://a#b',
  ])('may not be %j', (uri) => {
    expect(isIntegrationUri(uri)).toBe(false);
  });

  it('goes to the same host whatever a client puts into its path', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.string(), (path, odd) => {
        const filled = fillUri('https://a.example/{p}/{q}', { p: path, q: odd }, {});
        expect([filled?.host, filled?.port, filled?.secure]).toEqual(['a.example', 443, true]);
      }),
    );
  });
});

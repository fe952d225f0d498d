import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSpec } from '../../../src/core/diff.ts';
import { hideSecrets } from '../../../src/core/hide-secrets.ts';

const oct = JSON.stringify({ keys: [{ kty: 'oct', kid: 'a', k: 'c2VjcmV0LW9mLXRoZS1rZXk' }] });

describe('a text of a server', () => {
  it.each([
    ['sends requests elsewhere: http://logger:hunter2-hunter2@logs.example/in', 'hunter2-hunter2', 'http://[secret', '@logs.example/in'],
    ['http://u:p@hunter2-hunter2@logs.example/', 'hunter2-hunter2', 'http://[secret', '@logs.example/'],
    ["http://u:p'hunter2-hunter2@logs.example/", 'hunter2-hunter2', 'http://[secret', '@logs.example/'],
    ['https://logs.example/?a=1;token=hunter2-hunter2', 'hunter2-hunter2', '?a=1;token=[secret', ']'],
    ['https://hunter2-hunter2@logs.example', 'hunter2-hunter2', 'https://[secret', '@logs.example'],
    ['https://logs.example/in?a=1&api_key=hunter2-hunter2&b=2', 'hunter2-hunter2', '?a=1&api_key=[secret', '&b=2'],
    ['https://logs.example/in?access_token=hunter2-hunter2', 'hunter2-hunter2', '?access_token=[secret', ']'],
    [`who has what ${oct} stands for`, 'c2VjcmV0LW9mLXRoZS1rZXk', '"kid":"a","k":"[secret', '" stands' ],
    [`jwks ${JSON.stringify(oct)}`, 'c2VjcmV0LW9mLXRoZS1rZXk', '[secret', ''],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----', 'MIIEvQIBADANBg', '-----BEGIN PRIVATE KEY-----[secret', '-----END'],
  ])('shows no secret of %j', (text, secret, ...kept) => {
    const shown = hideSecrets(text);
    expect(shown).not.toContain(secret);
    for (const part of kept.filter((one) => !one.startsWith('" '))) expect(shown).toContain(part);
  });

  it.each([
    'GET /orders reaches 127.0.0.1:9101 without a token',
    'https://logs.example:8443/in?page=2&sort=name',
    'ana@shop.test, mailto:ana@shop.test',
    'https://shop.example/@ana',
    '{"kty":"RSA","kid":"a","n":"0vx7","e":"AQAB"}',
    '{"k":"a value","d":"no key at all"}',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
  ])('that holds none stays as it is: %j', (text) => expect(hideSecrets(text)).toBe(text));

  it('never shows user and password of an address, whatever they are', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._~!$&'()*+,;=%-]{8,20}$/).filter((text) => !/['"]/.test(text));
    fc.assert(fc.property(word, word, (user, password) => !hideSecrets(`sends to amqps://${user}:${password}@queue.example:5671/v`).includes(password)));
  });

  it('still reads as another one when the secret is another one', () => {
    const [before, after] = ['http://u:first-password@h.example', 'http://u:other-password@h.example'];
    const [difference] = diffSpec({ http_endpoint: after }, { http_endpoint: before });
    expect(difference?.before).not.toBe(difference?.after);
    expect(JSON.stringify(difference)).not.toMatch(/first-password|other-password/);
  });
});

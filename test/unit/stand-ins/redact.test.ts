import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactHeader, redactText } from '../../../infra/stand-ins/src/recorder/redact.ts';

const hash = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
const base64url = fc.stringMatching(/^[A-Za-z0-9_-]{8,60}$/);
const token = fc.tuple(base64url, base64url, base64url).map(([header, body, signature]) => `eyJ${header}.eyJ${body}.${signature}`);

describe('what is kept of a request', () => {
  it('shows the scheme of a credential and the names of cookies, and hashes of the rest', () => {
    const sent = {
      Authorization: 'Bearer abc', 'proxy-authorization': 'abc', Cookie: 'sid=abc; theme=dark; odd', apikey: 'abc', 'X-Access-Token': 'abc',
      Accept: 'text/html',
    };
    expect(Object.entries(sent).map(([name, value]) => redactHeader(name, value))).toEqual([
      `Bearer ${hash('abc')}`, hash('abc'), `sid=${hash('abc')}; theme=${hash('dark')}; ${hash('odd')}`, hash('abc'), hash('abc'), 'text/html',
    ]);
  });

  it('shows what a check planted, so that its arrival is seen', () => {
    expect([redactHeader('X-Access-Token', 'authctl-spoofed'), redactHeader('OIDC_access_token', 'opaque')]).toEqual(['authctl-spoofed', hash('opaque')]);
  });

  it('hides a secret parameter and leaves the others', () => {
    expect(redactText('/orders?page=2&access_token=abc&sort=up')).toBe(`/orders?page=2&access_token=${hash('abc')}&sort=up`);
  });

  it('lets no part of a token through, wherever it stands', () => {
    const place = fc.constantFrom(
      (text: string) => redactHeader('Authorization', `Bearer ${text}`),
      (text: string) => redactHeader('Cookie', `a=1; __Host-shop=${text}`),
      (text: string) => redactHeader('X-Anything', `prefix ${text}, more`),
      (text: string) => redactText(`/callback/${text}/x?jwt=${text}`),
      (text: string) => redactText(`upstream said: ${text}`),
    );
    fc.assert(
      fc.property(place, token, (redact, text) => {
        const kept = redact(text);
        for (const part of text.split('.')) expect(kept).not.toContain(part);
      }),
    );
  });
});

import type { Kit } from '../kit/index.ts';
import { behindKong, protectedReads, refuses } from '../refuses.ts';

const secondsAt = ({ clock }: Kit): number => Math.floor(clock.now() / 1000);

/** Time: a token counts between nbf and exp, give or take the declared leeway, and no longer than declared. */
export const tim = [
  refuses({
    id: 'TIM-01',
    claim: 'an expired token is refused',
    severity: 'critical',
    source: 'RFC 7519 section 4.1.4; ASVS 5.0 9.2.1',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const now = secondsAt(kit);
      return [3600, 86_400 * 365].map((ago) => ({
        label: `expired ${ago} seconds ago`,
        token: kit.harness?.forge(good, { payload: { exp: now - ago, iat: now - ago - 300 } }) ?? '',
      }));
    },
    hint: 'claims_to_verify of the jwt plugin must hold exp',
  }),
  refuses({
    id: 'TIM-02',
    claim: 'a token is over in the very second that its exp and the declared leeway name, not one later',
    severity: 'low',
    source: 'RFC 7519 section 4.1.4 ("on or after")',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    subjects: behindKong(protectedReads),
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const edge = secondsAt(kit) - subject.service.authentication.token.leeway;
      return [0, 1].map((ago) => ({ label: `over since ${ago} s, the leeway included`, token: kit.harness?.forge(good, { payload: { exp: edge - ago, iat: edge - 60 } }) ?? '' }));
    },
  }),
  refuses({
    id: 'TIM-03',
    claim: 'a token without an expiry is refused',
    severity: 'high',
    source: 'RFC 9068 section 2.2',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const now = secondsAt(kit);
      return [undefined, null, 'tomorrow', String(now + 300), [now + 300], {}, true].map((exp) => ({
        label: `the expiry ${typeof exp === 'string' ? 'as text' : (JSON.stringify(exp) ?? 'missing')}`,
        token: kit.harness?.forge(good, { payload: { exp } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'TIM-04',
    claim: 'a token that lives longer than declared is refused',
    severity: 'medium',
    source: 'ASVS 5.0 9.2.1',
    needs: ['issuer-key'],
    subjects: (blueprint) => behindKong(protectedReads)(blueprint).filter(({ service }) => service.authentication.token.maxLifetime !== undefined),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const now = secondsAt(kit);
      return [
        { label: 'ten years of life', token: kit.harness?.forge(good, { payload: { iat: now, exp: now + 315_360_000 } }) ?? '' },
        { label: 'an expiry in milliseconds', token: kit.harness?.forge(good, { payload: { exp: Math.round(kit.clock.now()) + 300_000 } }) ?? '' },
      ];
    },
  }),
  refuses({
    id: 'TIM-05',
    claim: 'a token that is not valid yet is refused',
    severity: 'medium',
    source: 'RFC 7519 section 4.1.5; ASVS 5.0 9.2.1',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const now = secondsAt(kit);
      return [
        { label: 'not before an hour from now', token: kit.harness?.forge(good, { payload: { nbf: now + 3600, exp: now + 7200 } }) ?? '' },
        { label: 'issued an hour from now', token: kit.harness?.forge(good, { payload: { iat: now + 3600, exp: now + 7200 } }) ?? '' },
      ];
    },
  }),
  refuses({
    id: 'TIM-08',
    claim: 'a token past its expiry by more than the declared leeway is refused',
    severity: 'medium',
    source: 'RFC 7519 section 4.1.4; the blueprint: leeway',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const now = secondsAt(kit);
      const past = subject.service.authentication.token.leeway + 5;
      return [{ label: `expired ${past} seconds ago`, token: kit.harness?.forge(good, { payload: { exp: now - past, iat: now - past - 60 } }) ?? '' }];
    },
  }),
];

import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';
import type { Clock } from './network.ts';

const PERIOD_MS = 30_000;

/** A one-time password (RFC 6238: SHA-1, 6 digits) of a period, which is counted from 1970. */
export const oneTimePassword = (secret: Secret, period: number): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(period));
  const mac = createHmac('sha1', secret.reveal()).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 0x0f) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
};

/** Periods whose password was shown, by the hash of the secret: an issuer takes each once (RFC 6238 section 5.2). */
const shown = new Map<string, Set<number>>();

/** The one-time passwords of somebody, one after the other. */
export type OneTimePasswords = () => Promise<string>;

/**
 * Of this period, the next or the last, which Keycloak all takes (`otpPolicyLookAheadWindow`, 1 unless set), the first that was not shown yet; where all
 * were, the next period is waited for.
 */
export const oneTimePasswords = (secret: Secret, clock: Clock): OneTimePasswords => {
  const key = createHash('sha256').update(secret.reveal()).digest('hex');
  const next = async (): Promise<string> => {
    const used = shown.get(key) ?? new Set<number>();
    shown.set(key, used);
    const now = Math.floor(clock.now() / PERIOD_MS);
    const period = [now, now + 1, now - 1].find((one) => !used.has(one));
    if (period === undefined) {
      await clock.wait((now + 1) * PERIOD_MS - clock.now() + 1);
      return next();
    }
    used.add(period);
    return oneTimePassword(secret, period);
  };
  return next;
};

import { createHmac } from 'node:crypto';

/** Nonces that proofs must hold (RFC 9449 section 9), made of a secret that all who judge proofs share: nothing is kept. */
export interface NonceRules {
  readonly secret: string;
  /** Seconds of a period: a nonce is good in its own and in the next. */
  readonly lifetime: number;
}

/** Bytes of the MAC that a nonce has. */
const BYTES = 16;

/** The nonce of a period, which is counted from 1970. As the gateway's guard makes it. */
export const nonceOf = ({ secret }: NonceRules, period: number): string =>
  createHmac('sha256', secret).update(`authctl-dpop-nonce:${String(period)}`).digest().subarray(0, BYTES).toString('base64url');

/**
 * Whether the nonce of a proof is one of this period or of the last, by any clock within the leeway; and the nonce of now, where the client has another. `now`
 * in seconds.
 */
export const judgeNonce = (rules: NonceRules, shown: unknown, { now, leeway }: { readonly now: number; readonly leeway: number }): { readonly good: boolean; readonly next?: string } => {
  const periodAt = (moment: number): number => Math.floor(moment / rules.lifetime);
  const next = nonceOf(rules, periodAt(now));
  if (shown === next) return { good: true };
  for (let period = periodAt(now - leeway) - 1; period <= periodAt(now + leeway); period += 1) if (shown === nonceOf(rules, period)) return { good: true, next };
  return { good: false, next };
};

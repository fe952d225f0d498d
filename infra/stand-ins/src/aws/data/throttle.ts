import type { Clock, Stage } from '../types.ts';

/** Account quota per Region. Source: API Gateway quotas: 10 000 requests a second, a bucket of 5 000. */
const accountRate = 10_000;
const accountBurst = 5_000;

interface Bucket {
  tokens: number;
  at: number;
  /** Settings the bucket was made for: changed ones start a new one. */
  readonly rate: number;
  readonly burst: number;
}

/** True when the request may pass. Each route of each stage has a token bucket: its own settings, or the stage's, or the account's. */
type Throttle = (apiId: string, stage: Stage, routeKey: string) => boolean;

export const createThrottle = (clock: Clock): Throttle => {
  const buckets = new Map<string, Bucket>();
  return (apiId, stage, routeKey) => {
    const own = stage.routeSettings[routeKey];
    const rate = own?.throttlingRateLimit ?? stage.defaultRouteSettings.throttlingRateLimit;
    const burst = own?.throttlingBurstLimit ?? stage.defaultRouteSettings.throttlingBurstLimit;
    if (rate === undefined && burst === undefined) return true;
    const limits = { rate: rate ?? accountRate, burst: burst ?? accountBurst };
    const name = `${apiId} ${stage.stageName} ${routeKey}`;
    const now = clock();
    const known = buckets.get(name);
    const bucket = known?.rate === limits.rate && known.burst === limits.burst ? known : { ...limits, tokens: limits.burst, at: now };
    buckets.set(name, bucket);
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + Math.max(0, now - bucket.at) * bucket.rate);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
};

import type { Builtin } from './decision/builtins.ts';
import { unpack } from './decision/archive.ts';
import { loadPolicy } from './decision/policy.ts';
import type { Policy } from './decision/policy.ts';
import { checkVerification, verifySignature } from './decision/signature.ts';
import type { BundleVerification } from './decision/signature.ts';
import { createSource } from './decision/source.ts';
import { ServiceError, invalidOption, reasonOf } from './error.ts';
import type { ServiceErrorCode } from './error.ts';
import { isObject } from './json.ts';
import { isYes } from './question.ts';
import { seconds } from './token/keys.ts';

export interface DeciderOptions {
  /** A bundle that `opa build -t wasm` made: a path, or a `file:` or `https:` URL. */
  readonly bundle: string | URL;
  /** `shop/authz`: as `opa build -e` named it. */
  readonly entrypoint: string;
  /** The field of an answer that says yes, where it is an object; default `allow`. */
  readonly answer?: string;
  /** Seconds between two looks at the bundle; default 30. */
  readonly interval?: number;
  /** Seconds after which a policy that could not be checked again is no longer asked; default never. */
  readonly maxAge?: number;
  /** Seconds that a download may take; default 10. */
  readonly timeout?: number;
  /** Bearer credential for the server of the bundle; called for each download. */
  readonly token?: () => string;
  /** With keys, a bundle without a good signature is refused. */
  readonly verification?: BundleVerification;
  /** Takes an unsigned bundle by plain http beyond loopback: only on a network where nobody can answer in the server's place. */
  readonly allowHttp?: boolean;
  /** Further builtins by name; synchronous. `time.now_ns` and `io.jwt.decode` are there. */
  readonly builtins?: Readonly<Record<string, Builtin>>;
  /** Called after each look at the bundle. */
  readonly onStatus?: (status: DeciderStatus) => void;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: () => number;
  readonly fetch?: typeof fetch;
}

/** What a health endpoint shows. Times in milliseconds since the epoch. */
export interface DeciderStatus {
  /** True when decisions can be taken now. */
  readonly ready: boolean;
  /** The active bundle's revision. */
  readonly revision?: string;
  readonly activatedAt?: number;
  /** The last time that the server of the bundle confirmed it. */
  readonly checkedAt?: number;
  /** Why the last look failed; the active policy stays. */
  readonly error?: { readonly code: ServiceErrorCode; readonly message: string };
}

export interface Decision {
  /** `unavailable`: there is no policy to ask. Only `allow` lets anybody pass. */
  readonly outcome: 'allow' | 'deny' | 'unavailable';
  /** For the log. */
  readonly reason?: string;
  readonly revision?: string;
  /** What the policy said, whole. */
  readonly result?: unknown;
}

export interface Decider {
  /** Decides in process. `input`: an object, or its JSON text. Never throws: an undefined decision and an error are a deny. */
  readonly decide: (input: object | string) => Decision;
  readonly status: () => DeciderStatus;
  /** Looks at the bundle now (or joins the look under way). Rejects with a `ServiceError` when it cannot be had or is refused. */
  readonly refresh: () => Promise<void>;
  /** Stops looking; the active policy stays. */
  readonly close: () => void;
}

/**
 * Decides with a bundle in process. The first look starts at once; until it succeeds every decision is `unavailable`, so that a
 * service may await `refresh()` at its start, or start without a policy and refuse everybody until one is there. A bad new bundle
 * leaves the old one active.
 */
export const createDecider = (options: DeciderOptions): Decider => {
  const { entrypoint, verification, clock = Date.now } = options;
  if (entrypoint === '') throw invalidOption('entrypoint must not be empty');
  if (verification) checkVerification(verification);
  const interval = seconds('interval', options.interval ?? 30, 0.05, 86_400) * 1000;
  const maxAge = options.maxAge === undefined ? Infinity : seconds('maxAge', options.maxAge, 1, 31_536_000) * 1000;
  const source = createSource({
    bundle: options.bundle,
    token: options.token,
    timeout: seconds('timeout', options.timeout ?? 10, 0.1, 600),
    anyNetwork: verification !== undefined || options.allowHttp === true,
    fetch: options.fetch ?? fetch,
  });

  let active: { readonly policy: Policy; readonly tag: string; readonly activatedAt: number; readonly checkedAt: number } | undefined;
  let failure: ServiceError | undefined;
  let underWay: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const isFresh = (): boolean => active !== undefined && clock() - active.checkedAt <= maxAge;
  const status = (): DeciderStatus => ({
    ready: isFresh(),
    ...(active && { revision: active.policy.revision, activatedAt: active.activatedAt, checkedAt: active.checkedAt }),
    ...(failure && { error: { code: failure.code, message: failure.message } }),
  });

  const look = async (): Promise<void> => {
    try {
      const found = await source(active?.tag);
      if (found) {
        const files = unpack(found.bytes);
        if (verification) await verifySignature(files, verification);
        const policy = await loadPolicy(files, { entrypoint, builtins: options.builtins ?? {}, clock });
        active = { policy, tag: found.tag, activatedAt: clock(), checkedAt: clock() };
      } else if (active) active = { ...active, checkedAt: clock() };
      failure = undefined;
    } catch (thrown) {
      failure = thrown instanceof ServiceError ? thrown : new ServiceError('BUNDLE_MALFORMED', reasonOf(thrown), thrown);
      throw failure;
    } finally {
      underWay = undefined;
      schedule();
      options.onStatus?.(status());
    }
  };
  const schedule = (): void => {
    clearTimeout(timer);
    // A tenth of jitter: a hundred replicas that started together shall not ask together for ever.
    if (!closed) timer = setTimeout(() => void refresh().catch(() => undefined), interval * (0.95 + Math.random() / 10)).unref();
  };
  const refresh = (): Promise<void> => (underWay ??= look());
  // The failure is kept in the status; whoever wants to see it thrown calls refresh.
  refresh().catch(() => undefined);

  return {
    decide: (input) => {
      if (!active) return { outcome: 'unavailable', reason: failure ? failure.message : 'no bundle yet' };
      if (!isFresh()) return { outcome: 'unavailable', reason: 'the bundle is too old', revision: active.policy.revision };
      const { policy } = active;
      try {
        return { ...judge(policy.evaluate(typeof input === 'string' ? input : JSON.stringify(input)), options.answer ?? 'allow'), revision: policy.revision };
      } catch (thrown) {
        return { outcome: 'deny', reason: `the policy failed: ${reasonOf(thrown)}`, revision: policy.revision };
      }
    },
    status,
    refresh,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
};

const judge = (result: unknown, field: string): Decision => {
  if (result === undefined) return { outcome: 'deny', reason: 'the decision is undefined' };
  if (isYes(result, field)) return { outcome: 'allow', result };
  const reasons = isObject(result) && Array.isArray(result['reasons']) ? result['reasons'].filter((item) => typeof item === 'string') : [];
  return { outcome: 'deny', reason: ['the policy says no', ...reasons].join('; ').slice(0, 1000), result };
};

import { objectOf, textOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import { refused, shownUrl } from '../http.ts';

/** What one follower says about the bundle; every field is absent when it knows no such bundle. */
export interface BundleStatus {
  readonly activeRevision?: string | undefined;
  /** Why the newest bundle was not activated. The old one stays in force. */
  readonly error?: string | undefined;
  /** When it last activated a bundle, by its own clock, as RFC 3339 has it. */
  readonly activatedAt?: string | undefined;
  /** Moves with every poll; absent where nobody tells. By the follower's own clock: compared for being equal, never for order. */
  readonly lastRequest?: string | undefined;
}

/** Somebody who decides by the bundle, and says which one: an OPA server, or a service with its module. */
export interface Follower {
  /** `OPA at http://…`, `the service orders`: as a sentence names it. */
  readonly what: string;
  /** The key under which its revision is compared: as the blueprint names it. */
  readonly key: string;
  /** Throws `OPA_STATUS_DISABLED` when it does not say, `TARGET_UNREACHABLE` when it does not answer. */
  readonly status: () => Promise<BundleStatus>;
}

/** https://www.openpolicyagent.org/docs/latest/management-status/: the only place where a rejected bundle shows. */
export const createServer = (http: Http, url: string, bundle: string): Follower => ({
  what: `OPA at ${shownUrl(url)}`,
  key: url,
  status: async () => {
    const answer = await http.send('GET', '/v1/status');
    if (answer.status === 500) throw statusDisabled(url);
    const { result } = objectOf(answer.body);
    if (answer.status !== 200 || typeof result !== 'object')
      throw refused({ target: 'opa', url, mask: (text) => text }, 'read its status', answer);
    const raw = objectOf(objectOf(objectOf(result)['bundles'])[bundle]);
    return { activeRevision: textOf(raw['active_revision']), activatedAt: textOf(raw['last_successful_activation']), lastRequest: textOf(raw['last_request']), error: rejectionOf(raw) };
  },
});

/** The status of a decider (docs/service.md) at a URL of the service: `{ ready, revision, checkedAt, error }`. */
export const createService = (http: Http, id: string, url: string): Follower => ({
  what: `the service ${id}`,
  key: id,
  status: async () => {
    const answer = await http.send('GET', '');
    const { revision, error, checkedAt } = objectOf(answer.body);
    // A service that is not ready may say so by 503.
    if ((answer.status !== 200 && answer.status !== 503) || typeof answer.body !== 'object')
      throw refused({ target: 'opa', url, mask: (text) => text }, `read the status of service ${id}`, answer);
    return {
      activeRevision: typeof revision === 'string' ? revision : undefined,
      // A download that failed says nothing about what is in the bundle.
      error: error && textOf(objectOf(error)['code']) !== 'BUNDLE_UNREACHABLE' ? String(objectOf(error)['message']) : undefined,
      lastRequest: checkedAt === undefined ? undefined : String(checkedAt),
    };
  },
});

/** A bundle that was fetched and refused. A failed download (an `http_code`, or no answer) says nothing about what is in it. */
const rejectionOf = (raw: Readonly<Record<string, unknown>>): string | undefined => {
  const message = textOf(raw['message']) ?? '';
  if (!raw['code'] || raw['http_code'] !== undefined || /^(request failed|(Get|Head) )/.test(message)) return undefined;
  const errors: readonly unknown[] = Array.isArray(raw['errors']) ? raw['errors'] : [];
  const details = errors.slice(0, 5).map((error) => {
    const { location } = objectOf(error);
    return `${textOf(objectOf(location)['file']) ?? '?'}:${String(objectOf(location)['row'] ?? 0)}: ${textOf(objectOf(error)['message']) ?? ''}`;
  });
  return [message, ...details].join('; ');
};

const statusDisabled = (url: string): Problem =>
  new Problem('OPA_STATUS_DISABLED', `OPA at ${shownUrl(url)} does not tell which bundle is active`, {
    expected: 'GET /v1/status answers 200',
    hint: 'add "status: { console: true }" (or a status service) to its configuration: without it a refused bundle goes unnoticed',
  });

import type { Evidence } from '../../core/report.ts';
import type { Check, Outcome, PlainSubject } from '../contract.ts';
import type { JournalEntry, Kit } from '../kit/index.ts';

const shown = ({ subject, label, status, milliseconds }: JournalEntry): Evidence => ({
  request: `${subject} with ${label}, ${Math.round(milliseconds)} ms`,
  status,
});

const aboutTheRun = (
  id: string,
  claim: string,
  severity: 'high' | 'medium' | 'low',
  source: string,
  about: (entry: JournalEntry) => boolean,
  bad: (entries: readonly JournalEntry[], kit: Kit) => readonly JournalEntry[],
): Check<PlainSubject> => ({
  id,
  claim,
  severity,
  source,
  subjects: (blueprint) => [{ name: 'the whole run', origin: blueprint.at('services') }],
  run: (_subject, kit): Promise<Outcome> => {
    // A claim about answers that nobody got would hold whatever the gateway does.
    const entries = kit.journal.filter(about);
    if (entries.length === 0) return Promise.resolve({ status: 'skipped', why: 'no answer of this run is about it', evidence: [] });
    const found = bad(entries, kit);
    return Promise.resolve(
      found.length === 0
        ? { status: 'passed', evidence: [{ request: `${entries.length} answers looked at` }] }
        : { status: 'failed', why: `${found.length} of ${entries.length} answers`, evidence: found.slice(0, 5).map(shown) },
    );
  },
});

const quantile = (values: readonly number[], part: number): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0;

const throughKong = ({ subject }: JournalEntry): boolean => subject.startsWith('kong ');
const refused = ({ status }: JournalEntry): boolean => status === 401 || status === 403;

const REVEALING = [
  /stack traceback/, /\.lua:\d+/, /at .*\(.*:\d+:\d+\)/, /BEGIN (RSA )?(PUBLIC|PRIVATE|CERTIFICATE)/, /127\.0\.0\.1:\d+|localhost:\d+/, /\/usr\/local\//,
];

/** Errors: claims about every answer of the whole run, so they come last. */
export const err = [
  aboutTheRun('ERR-01', 'every 401 carries a challenge', 'medium', 'RFC 9110 section 11.6.1; RFC 6750 section 3',
    (entry) => throughKong(entry) && entry.status === 401,
    (entries) => entries.filter(({ wwwAuthenticate }) => !/^(Bearer|DPoP)\b/.test(wwwAuthenticate ?? ''))),
  aboutTheRun('ERR-02', 'a request without a token is told no error code', 'medium', 'RFC 6750 section 3.1, last paragraph',
    (entry) => throughKong(entry) && entry.status === 401 && !entry.presented,
    (entries) => entries.filter(({ wwwAuthenticate }) => /\berror=/.test(wwwAuthenticate ?? ''))),
  aboutTheRun('ERR-04', 'no error text names a key, a stack, a file or an internal address', 'medium', 'ASVS 5.0 16.5.1',
    ({ status }) => status >= 400,
    (entries) => entries.filter(({ body }) => REVEALING.some((pattern) => pattern.test(body)))),
  aboutTheRun('ERR-05', 'no answer repeats the token that was sent', 'medium', 'ASVS 5.0 16.2.5',
    ({ status, presented }) => status >= 400 && presented,
    (entries) => entries.filter(({ echoed }) => echoed)),
  aboutTheRun('ERR-06', 'no hostile request was answered with a 5xx', 'high', 'ASVS 5.0 16.5.3',
    ({ hostile }) => hostile,
    (entries) => entries.filter(({ status }) => status >= 500)),
  aboutTheRun('ERR-07', 'hostile requests are not slow: their 99th percentile is within three of good ones, or 250 ms', 'medium', 'OWASP API4:2023',
    ({ hostile }) => hostile,
    (entries, { journal }) => {
      const good = journal.filter(({ hostile }) => !hostile).map(({ milliseconds }) => milliseconds);
      const bound = Math.max(250, 3 * quantile(good, 0.99));
      return quantile(entries.map(({ milliseconds }) => milliseconds), 0.99) <= bound ? [] : entries.filter(({ milliseconds }) => milliseconds > bound);
    }),
  aboutTheRun('ERR-08', 'refusals at our gateway plugins are not cacheable', 'low', 'RFC 9111 section 5.2.2.5; RFC 6750 section 5.3',
    (entry) => throughKong(entry) && refused(entry),
    (entries) => entries.filter(({ cacheControl }) => !/no-store|private/.test(cacheControl ?? ''))),
  aboutTheRun('ERR-10', 'no refusal sets a cookie: nothing of a stranger is remembered, and no session is begun or ended by a bad token', 'low', 'ASVS 5.0 7.2.4; RFC 9110 section 9.2.1',
    ({ status, hostile }) => hostile && status >= 400,
    (entries) => entries.filter(({ setsCookie }) => setsCookie)),
  aboutTheRun('ERR-11', 'no hostile request of a program is redirected: a refusal leads nowhere', 'low', 'RFC 6750 section 3; CWE-601',
    ({ hostile }) => hostile,
    (entries) => entries.filter(({ status }) => status >= 300 && status < 400)),
];

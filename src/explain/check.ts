import type { Position } from '../core/problem.ts';
import type { Severity } from '../core/report.ts';
import { placeText } from './steps.ts';

/** A check as this room sees it: the catalogue's own words, and what a rehearsal of it would have sent. */
export interface CheckFacts {
  readonly id: string;
  readonly claim: string;
  readonly severity: Severity;
  readonly source: string;
  readonly needs: readonly string[];
  readonly subjects: readonly { readonly name: string; readonly origin: Position }[];
  readonly sent: Rehearsal | undefined;
}

export interface Rehearsal {
  readonly subject: string;
  readonly requests: readonly string[];
  /** False when it stopped where it needed a live answer. */
  readonly complete: boolean;
}

const needs: Readonly<Record<string, string>> = {
  'issuer-key': 'a throw-away key that the issuer publishes (made on a local stack, or with --disruptive)',
  realm: 'a realm of ours: an issuer that is not is used, and not attacked',
  disruptive: '--disruptive, or the local stack: it writes',
  upstream: 'an upstream that records what it receives (recorder)',
  'second-audience': 'two services with audiences of their own',
  cookie: 'a token that may come in a cookie',
  kong: 'targets.kong',
  aws: 'targets.aws',
  opa: 'targets.opa',
  persona: 'a persona',
  'service-client': 'a client of type service with a secret',
  origins: 'authentication.origins',
};

export const explainCheck = (check: CheckFacts): string =>
  [
    `${check.id}  ${check.claim}`,
    `  severity ${check.severity}`,
    `  source ${check.source}`,
    ...(check.needs.length > 0
      ? [`  needs ${check.needs.map((need) => needs[need] ?? need).join('; ')}; else it is skipped, never passed`]
      : []),
    '',
    ...(check.subjects.length > 0
      ? [
          `Tried on ${check.subjects.length} subject${check.subjects.length > 1 ? 's' : ''} of this blueprint`,
          ...check.subjects.map(({ name, origin }) => `  ${name}  ${placeText(origin)}`),
        ]
      : ['This blueprint has nothing it is about: it is skipped.']),
    ...sentLines(check),
  ].join('\n');

const sentLines = ({ subjects, sent }: CheckFacts): readonly string[] => {
  if (sent === undefined)
    return subjects.length > 0 ? ['', 'It questions the live system itself, so what it sends depends on the answers.'] : [];
  return [
    '',
    `What is sent, by a rehearsal on ${sent.subject} that contacted nothing`,
    ...(sent.requests.length > 0 ? sent.requests.map((request) => `  ${request}`) : ['  nothing before a live answer']),
    ...(sent.complete ? [] : ['  and more, which depends on live answers']),
  ];
};

export const explainGroup = (group: string, checks: readonly Pick<CheckFacts, 'id' | 'claim' | 'severity'>[]): string =>
  [`${group}: ${checks.length} checks`, ...checks.map(({ id, claim, severity }) => `  ${id}  ${severity.padEnd(8)}  ${claim}`)].join('\n');

import type { Blueprint } from '../blueprint/types.ts';
import { checks } from '../checks/catalogue.ts';
import { isRouteSubject, outcomeOf } from '../checks/contract.ts';
import type { Check, Subject } from '../checks/contract.ts';
import { leftOutBy } from '../checks/concern.ts';
import type { ChangedPart, LeftOut } from '../checks/concern.ts';
import { isChosen } from '../checks/index.ts';
import { subjectsOf } from '../checks/runner.ts';
import type { Kit } from '../checks/kit/index.ts';
import { createWrites } from '../checks/kit/writes.ts';
import { groupBy } from '../core/collections.ts';
import type { Report } from '../core/report.ts';
import { exchangingClients } from '../patterns/token-exchange.ts';
import { recordingKit } from './recording-kit.ts';
import type { Noted } from './recording-kit.ts';

/** What one check would send. */
export interface WouldSend {
  readonly check: string;
  readonly claim: string;
  readonly requests: readonly { readonly subject: string; readonly method: string; readonly address: string; readonly times: number }[];
  /** What it would read of the targets by their own APIs. */
  readonly reads: readonly string[];
  /** False where it goes on only after a live answer: it may send more. */
  readonly complete: boolean;
  /** Why it would send nothing. */
  readonly skipped?: string;
}

export interface DryRun {
  readonly checks: readonly WouldSend[];
  readonly requests: number;
}

interface Leave {
  readonly only: readonly string[];
  readonly local: boolean;
  readonly disruptive: boolean;
  readonly changed?: ChangedPart;
}

/** What `verify` would send, worked out without sending anything: a gateway is assumed that lets in who shows a good token, and nobody else. */
export const dryRun = async (blueprint: Blueprint, { only, local, disruptive, changed }: Leave): Promise<Report<DryRun>> => {
  const sent: WouldSend[] = [];
  let noted: Noted[] = [];
  const kit = recordingKit(blueprint, { note: (one) => void noted.push(one), leave: { disruptive, writes: createWrites({ local, disruptive, exchanging: exchangingClients(blueprint) }) } });
  const heard = (): readonly Noted[] => {
    const all = noted;
    noted = [];
    return all;
  };
  for (const check of checks.filter(({ id }) => isChosen(id, only))) sent.push(await wouldSend(check, kit, heard, changed && leftOutBy(changed)));
  const requests = sent.reduce((sum, one) => sum + one.requests.reduce((all, { times }) => all + times, 0), 0);
  return { command: 'verify', blueprint: blueprint.name, problems: [], data: { checks: sent, requests }, text: textOf(sent, requests) };
};

const wouldSend = async (check: Check, kit: Kit, heard: () => readonly Noted[], left?: LeftOut): Promise<WouldSend> => {
  const requests: WouldSend['requests'][number][] = [];
  const reads = new Set<string>();
  let complete = true;
  let skipped: string | undefined;
  const all = subjectsOf(check, kit);
  const subjects = left === undefined ? all : all.filter((subject) => !left.is(subject));
  for (const subject of subjects) {
    const missing = check.needs?.find((need) => !kit.has(need, routeOf(subject)));
    if (missing !== undefined) {
      skipped ??= missing;
      continue;
    }
    try {
      const { status } = await outcomeOf(check, subject, kit);
      complete &&= status === 'passed' || status === 'failed' || status === 'crashed';
    } catch {
      // What goes on only after a real answer stops here; what it had sent so far stands.
      complete = false;
    }
    const noted = heard();
    for (const one of noted) if (one.address === undefined) reads.add(one.words);
    const asked = noted.flatMap(({ method = '', address }) => (address === undefined ? [] : [`${method}\n${address}`]));
    for (const [line, same] of groupBy(asked, (line) => line)) {
      const [method = '', address = ''] = line.split('\n');
      requests.push({ subject: subject.name, method, address, times: same.length });
    }
  }
  if (subjects.length === 0) skipped = all.length > 0 ? left?.why : 'the blueprint has nothing it is about';
  const nothing = requests.length === 0 && reads.size === 0 ? skipped : undefined;
  return { check: check.id, claim: check.claim, requests, reads: [...reads], complete, ...(nothing !== undefined && { skipped: nothing }) };
};

const routeOf = (subject: Subject) => (isRouteSubject(subject) ? subject : undefined);

const textOf = (sent: readonly WouldSend[], requests: number): string => {
  const open = sent.some(({ complete }) => !complete);
  return [
    ...sent.filter(({ skipped }) => skipped === undefined).flatMap(linesOf),
    ...[...groupBy(sent.filter(({ skipped }) => skipped !== undefined), ({ skipped = '' }) => skipped)].map(([why, members]) => `skipped, ${why}: ${members.map(({ check }) => check).join(' ')}`),
    '',
    `${open ? 'at least ' : ''}${requests} requests of checks, and beside them the sign-ins at the issuer, and a good token before and after each group on each protected route`,
    'nothing was sent',
  ].join('\n');
};

const linesOf = ({ check, claim, requests, reads, complete }: WouldSend): readonly string[] => [
  `${check}  ${claim}`,
  ...requests.map(({ subject, method, address, times }) => `    ${times} x ${method} ${address}  ${subject}`),
  ...reads.map((what) => `    ${what}`),
  ...(complete ? [] : ['    and more, which depends on live answers']),
];

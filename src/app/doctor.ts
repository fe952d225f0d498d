import { adminBaseOf } from '../blueprint/issuer.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Finding } from '../core/finding.ts';
import { oneLine } from '../core/one-line.ts';
import { problemsOf, unreachable } from '../core/problem.ts';
import type { Problem } from '../core/problem.ts';
import type { Provider } from '../core/provider.ts';
import type { Report } from '../core/report.ts';
import { expand } from '../patterns/index.ts';
import { connectProviders } from '../providers/index.ts';
import { shownUrl } from '../providers/http.ts';
import { loadForTargets } from './examine.ts';
import { greet } from './greet.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface Diagnosis {
  readonly findings: readonly Finding[];
}

/** Whether everything is there that the other commands need, target by target, each with the next step. Writes nothing. */
export const doctor = async (run: Run, source: BlueprintSource): Promise<Report<Diagnosis>> => {
  const blueprint = await loadForTargets(run, source);
  const greeted = await Promise.all(addressesOf(blueprint).map(async ([target, url]) => ({ target, ...(await greeting(target, url)) })));
  const away = new Set(greeted.flatMap(({ target, problem }) => (problem ? [target] : [])));
  const providers = await connectProviders(blueprint, run.env);
  try {
    const asked = await Promise.all(providers.filter(({ name }) => !away.has(name)).map((provider) => diagnose(provider, blueprint)));
    const targets = [...greeted.flatMap((one) => one.findings), ...asked.flat()].toSorted((a, b) => order(blueprint, a.target) - order(blueprint, b.target));
    const findings = [...targets, ...((run.env['AUTHCTL_JOURNAL'] ?? '') === '' ? [] : await journal(run))];
    const problems = greeted.flatMap(({ problem }) => (problem ? [problem] : []));
    return { command: 'doctor', blueprint: blueprint.name, problems, negative: findings.some(({ state }) => state === 'bad'), data: { findings }, text: textOf(findings) };
  } finally {
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
};

const order = ({ targets }: Blueprint, name: string): number => Object.keys(targets).indexOf(name);

/** Every address that a command sends something to. */
const addressesOf = ({ targets: { keycloak, kong, opa, aws } }: Blueprint): readonly (readonly [target: string, url: string])[] => [
  ...(keycloak ? [...new Set([keycloak.url, adminBaseOf(keycloak)])].map((url) => ['keycloak', url] as const) : []),
  ...(kong ? [kong.admin.url, kong.proxy.url, kong.proxy.secondNode].flatMap((url) => (url === undefined || url === '' ? [] : [['kong', url] as const])) : []),
  ...(opa?.servers ?? []).map((url) => ['opa', url] as const),
  ...(aws ? [['aws', aws.endpoint === undefined || aws.endpoint === '' ? `https://apigateway.${aws.region}.amazonaws.com` : aws.endpoint] as const] : []),
];

/** Tokens are refused before their `nbf` and after their `exp`: by more than this, verify blames whoever is right. */
const APART_MS = 5_000;
const MONTH_MS = 30 * 24 * 3_600_000;

const greeting = async (target: string, address: string): Promise<{ readonly findings: readonly Finding[]; readonly problem?: Problem }> => {
  const shown = shownUrl(address);
  try {
    const { ahead, certificateUntil } = await greet(address);
    return { findings: [{ target, what: 'reachable', state: 'good', found: shown }, ...(certificateUntil ? [certificate(target, certificateUntil)] : []), clock(target, shown, ahead)] };
  } catch (thrown) {
    const problem = unreachable(target, shown, thrown);
    return { problem, findings: [{ target, what: 'reachable', state: 'bad', found: problem.message, ...(problem.hint !== undefined && { next: problem.hint }) }] };
  }
};

const certificate = (target: string, until: Date): Finding => {
  const soon = until.getTime() - Date.now() < MONTH_MS;
  return { target, what: 'certificate', state: soon ? 'unknown' : 'good', found: `trusted here, good until ${until.toISOString().slice(0, 10)}`, ...(soon && { next: 'have a new one before that day: then every target behind it is out of reach' }) };
};

const clock = (target: string, shown: string, ahead: number | undefined): Finding => {
  if (ahead === undefined) return { target, what: 'clock', state: 'unknown', found: `${shown} does not say what time it is` };
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const good = Math.abs(ahead) <= APART_MS;
  return {
    target,
    what: 'clock',
    state: good ? 'good' : 'bad',
    found: good ? 'as ours' : `${seconds} s ${ahead > 0 ? 'before' : 'behind'} ours (${shown})`,
    ...(!good && { next: 'set both clocks by NTP: tokens are refused before their time and after it' }),
  };
};

const diagnose = async (provider: Provider, blueprint: Blueprint): Promise<readonly Finding[]> => {
  const target = provider.name;
  const kinds: Finding[] = [];
  for (const kind of provider.kinds) kinds.push(...(await attempt(target, `read ${kind.name}`, async () => `${(await kind.list()).length} objects`)));
  const refused = kinds.filter(({ state }) => state !== 'good');
  // A provider without kinds (an issuer that is not ours) says by itself what was looked at.
  const permitted: readonly Finding[] = kinds.length === 0 ? [] : [{ target, what: 'login and permissions', state: 'good', found: `every kind can be read (${kinds.length})` }];
  const desired = expand(blueprint).desired.filter(({ kind }) => kind.startsWith(`${target}.`));
  const about = await collected(target, async () => (await provider.about?.(desired)) ?? []);
  const confirmed = await collected(target, async () => ((await provider.confirm?.()) ?? []).map((problem) => badOf(target, 'issuer', problem)));
  return [...(refused.length > 0 ? once(refused) : permitted), ...about, ...confirmed];
};

/** What keeps a bucket from being read keeps `history`, `rollback` and `apply` from going on. */
const journal = ({ runs }: Run): Promise<readonly Finding[]> =>
  attempt('journal', 'read', async () => {
    const names = await runs.names();
    return `${names.filter((name) => name.endsWith('.jsonl')).length} runs in ${runs.where}`;
  });

/** One cause keeps every kind from being read: it is told once. */
const once = (findings: readonly Finding[]): readonly Finding[] => findings.filter(({ found }, at) => findings.findIndex((other) => other.found === found) === at);

const attempt = async (target: string, what: string, work: () => Promise<string>): Promise<readonly Finding[]> =>
  collected(target, async () => [{ target, what, state: 'good', found: await work() }], what);

const collected = async (target: string, work: () => Promise<readonly Finding[]>, what = 'look'): Promise<readonly Finding[]> => {
  try {
    return await work();
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return problems.map((problem) => badOf(target, what, problem));
  }
};

const badOf = (target: string, what: string, { code, message, hint }: Problem): Finding => ({ target, what, state: 'bad', found: `${message} (${code})`, ...(hint !== undefined && { next: hint }) });

const MARKS = { good: '✓', unknown: '?', bad: '✗' } as const;

const textOf = (findings: readonly Finding[]): string => {
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  return [
    ...findings.flatMap(({ target, what, state, found, next }) => [`${MARKS[state]} ${target.padEnd(8)} ${what}: ${found}`, ...(next === undefined ? [] : [`    next: ${next}`])]).map((line) => oneLine(line)),
    '',
    `${count('good')} good, ${count('unknown')} not known, ${count('bad')} bad`,
  ].join('\n');
};

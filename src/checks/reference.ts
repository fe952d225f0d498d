import { checks } from './catalogue.ts';
import { unchecked } from './unchecked.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** `docs/checks.md`, made of the catalogue. */
export const checkReference = (): string => [
  '# Checks',
  '',
  'What `authctl verify` proves, in the order in which it runs. Every group on a route begins and ends with a control: a good token must pass, or the',
  'verdicts between are `inconclusive`. Refused means refused *and* that the upstream saw no call; a 5xx is `crashed`. A check whose need is missing is',
  '`skipped` by name. Needs: `issuer-key` and `disruptive` are met on the local stack, and elsewhere by `--disruptive`; there a write with a valid',
  'credential needs `sample` of its route, too ([samples](blueprint.md#samples), where it also stands when a request counts as let through). The letters',
  'before the dash name the group, and the file under `src/checks/groups` where it stands.',
  '',
  `${checks.length} checks. Each was seen to fail: \`test/unit/checks/can-fail.sweep.test.ts\` runs them against worlds that let everything through, refuse`,
  'everything, crash, talk too much, or hold one planted sin, and finds one that none of them makes fail.',
  '',
  '| id | claim | severity | source | needs |',
  '| --- | --- | --- | --- | --- |',
  ...checks.map(({ id, claim, severity, source, needs = [] }) => `| ${id} | ${cell(claim)} | ${severity} | ${cell(source)} | ${needs.join(', ')} |`),
  '',
  '## Not checked, and why',
  '',
  '| id | claim | why |',
  '| --- | --- | --- |',
  ...unchecked
    .filter(({ id }) => !checks.some((check) => check.id === id))
    .map(({ id, claim, why }) => `| ${id} | ${cell(claim)} | ${cell(why)} |`),
  '',
].join('\n');

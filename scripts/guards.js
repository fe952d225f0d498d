// What the bundled jwt plugin refuses alone, what it refuses beside the guards, and what all of it refuses: verify is run three times on a
// running local stack, with plugins taken away by hand, and docs/guards.md is written from its verdicts.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saboteur } from './sabotage.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const GROUPS = ['POS', 'STR', 'SIG', 'KEY', 'TIM', 'CLM', 'PRE', 'HDR', 'COO', 'AZ'];
const GUARDS = ['authctl-token-guard', 'authctl-scope-guard'];

/** What stands at Kong, and the plugins that somebody with the Admin API takes away to get there. */
export const setups = {
  jwt: { title: 'jwt alone', without: [...GUARDS, 'authctl-opa'] },
  guards: { title: 'jwt and both guards', without: ['authctl-opa'] },
  all: { title: 'jwt, both guards and OPA', without: [] },
};

/** @returns {Promise<{ code: number, stdout: string, stderr: string }>} how the built command line ended */
const authctl = (/** @type {string[]} */ ...args) =>
  new Promise((settle) => {
    execFile(process.execPath, ['bin/authctl.js', ...args], { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      settle({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });

const apply = async (/** @type {string} */ blueprint) => {
  const { code, stdout, stderr } = await authctl('apply', blueprint, '--yes');
  if (code !== 0) throw new Error(`apply ended with ${code}:\n${stdout}${stderr}`);
};

/**
 * Takes the setup's plugins away, verifies, and applies the blueprint again, however it ends. Throws when a good token does not reach
 * every protected route behind Kong: nothing would be known then.
 * @param {object} input
 * @param {string} input.blueprint its path @param {string} input.name and the name it gives itself
 * @param {Record<string, string>} input.env the addresses and credentials of the stack
 * @param {{ title: string, without: string[] }} input.setup
 * @param {string[]} [input.only] check ids or groups
 * @returns {Promise<import('../src/core/report.ts').Verdict[]>}
 */
export const measure = async ({ blueprint, name, env, setup, only = GROUPS }) => {
  await apply(blueprint);
  try {
    for (const gone of setup.without) {
      const count = await saboteur(env, name).removePlugins((plugin) => plugin.name === gone);
      if (count === 0) throw new Error(`there was no ${gone} to take away`);
    }
    const { code, stdout, stderr } = await authctl('verify', blueprint, '--only', ['POS-01', ...only].join(','), '--json');
    if (code !== 0 && code !== 2) throw new Error(`verify ended with ${code}:\n${stdout}${stderr}`);
    const { verdicts } = JSON.parse(stdout);
    const controls = verdicts.filter(({ id, subject }) => id === 'POS-01' && throughKong(subject));
    if (controls.length === 0 || controls.some(({ status }) => status !== 'passed'))
      throw new Error(`${setup.title}: a good token does not pass everywhere`);
    return verdicts;
  } finally {
    await apply(blueprint);
  }
};

/** `kong orders.list`, `kong orders.list as sam`; not `kong routes`, where no request is sent. */
const throughKong = (subject) => /^kong [^\s.]+\.\S+/.test(subject);

const answered = ({ status }) => status >= 200 && status <= 299;
const refused = (evidence) => !answered(evidence) && !(evidence.upstreamCalls > 0);
const crashed = ({ status }) => status === 0 || status >= 500;
const isGood = ({ request }) => / with a good token( in the cookie)?$/.test(request);

/** What one verdict says about the gateway, worst first in `ORDER`. A check fails on a wrong answer, too: that is still a refusal. */
const outcomeOf = ({ id, status, evidence }) => {
  if (status === 'inconclusive') return 'not judged';
  if (status === 'skipped') return 'skipped';
  if (status === 'passed') return evidence.length > 0 && evidence.every(refused) ? 'refuses' : 'holds';
  if (id.startsWith('POS-') || evidence.some((entry) => isGood(entry) && refused(entry) && !crashed(entry)))
    return status === 'crashed' ? 'crashes' : 'turns away';
  if (!evidence.every(refused)) return 'lets through';
  return status === 'crashed' || evidence.some(crashed) ? 'crashes' : 'refuses*';
};
const ORDER = ['lets through', 'turns away', 'crashes', 'not judged', 'refuses*', 'holds', 'refuses', 'skipped'];
const WRONG = ORDER.slice(0, 3);

/**
 * The worst that a check found on any subject behind Kong, with the number of subjects where that is not all of them, and the reason where
 * nothing was judged.
 * @param {readonly import('../src/core/report.ts').Verdict[]} verdicts of one check
 * @returns {string}
 */
export const cellOf = (verdicts) => {
  const all = verdicts.map((verdict) => ({ outcome: outcomeOf(verdict), why: verdict.why ?? '' }));
  const judged = all.filter(({ outcome }) => outcome !== 'skipped');
  const reasons = (found) => [...new Set(found.map(({ why }) => why))].join('; ');
  if (judged.length === 0) return `not judged (${reasons(all)})`;
  const worst = ORDER.find((outcome) => judged.some((one) => one.outcome === outcome));
  const found = judged.filter(({ outcome }) => outcome === worst);
  const share = found.length === judged.length || worst === 'holds' ? '' : ` on ${found.length} of ${judged.length}`;
  const word = WRONG.includes(worst) ? `**${worst}**` : worst;
  return `${word}${share}${worst === 'not judged' ? ` (${reasons(found)})` : ''}`;
};

/** Subjects are tried side by side, so that verdicts come in any order. */
const byId = (one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group) || one.id.localeCompare(other.id);

/**
 * One cell per check that sends requests through Kong, or would if the blueprint had what it is about.
 * @param {readonly import('../src/core/report.ts').Verdict[]} verdicts @param {string} name the blueprint's name
 * @returns {Map<string, { claim: string, cell: string }>}
 */
export const cellsOf = (verdicts, name) => {
  const found = new Map();
  for (const { id, claim } of verdicts.toSorted(byId)) {
    const own = verdicts.filter((verdict) => verdict.id === id && (throughKong(verdict.subject) || verdict.subject === name));
    if (own.length > 0) found.set(id, { claim, cell: cellOf(own) });
  }
  return found;
};

const TALLY = ['refuses', 'refuses*', 'holds', 'lets through', 'turns away', 'crashes', 'not judged'];
const kindOf = (cell) => TALLY.findLast((word) => cell.replaceAll('**', '').startsWith(word));
const count = (column, word) => [...column.values()].filter(({ cell }) => kindOf(cell) === word).length;
const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

/** Why a check is skipped whose subject another pattern has. */
const NOTHING = 'the blueprint has nothing it is about';

const pageOf = (blueprint, columns, elsewhere, idle) => {
  const titles = Object.values(setups).map(({ title }) => title);
  return [
    '# What the guards add to jwt',
    '',
    `Every check of ${GROUPS.map((group) => `\`${group}\``).join(', ')} that sends requests through Kong`,
    `(see [checks](checks.md)), run three times on \`${blueprint}\`, with plugins removed by hand as somebody with the Admin API`,
    "could. Kong is the local stack's [stand-in](local-stack.md), held to recorded answers of a genuine Kong 3.9.3. On a running local",
    'stack, this page is made by',
    '',
    '    npm run build && node scripts/guards.js',
    '',
    'A cell is the worst that happened on any route behind Kong (AZ-06: to any caller on any route), counted where it did not happen on',
    'all: the gateway **lets through** what it must not, **turns away** a good request, **crashes** (5xx), `refuses` and calls no',
    'upstream, or `refuses*`, with another status or `WWW-Authenticate` than the claim asks for; a claim that is not about refusing',
    'alone `holds`. `not judged` says what was missing, and refusals count because each run first made sure that a good token reaches',
    'every protected route.',
    '',
    line(['outcome, number of checks', ...titles]),
    line(['---', ...titles.map(() => '---:')]),
    ...TALLY.map((word) => line([word, ...columns.map((column) => count(column, word))])),
    '',
    line(['id', 'claim', ...titles]),
    line(['---', '---', ...titles.map(() => '---')]),
    ...[...columns[0]].map(([id, { claim }]) => line([id, claim, ...columns.map((column) => column.get(id).cell)])),
    '',
    `Not in the table, because they send no request through Kong: ${elsewhere.join(', ')}; because this blueprint has nothing they are about: ${idle.join(', ')}.`,
    '',
  ].join('\n');
};

const main = async () => {
  const blueprint = 'blueprints/sso.yaml';
  const name = 'shop';
  const { env } = JSON.parse(readFileSync(resolve(root, process.env.AUTHCTL_STACK_DIR ?? '.authctl/stack', 'stack.json'), 'utf8'));
  const columns = [];
  let elsewhere = [];
  for (const setup of Object.values(setups)) {
    const begun = Date.now();
    const verdicts = await measure({ blueprint, name, env, setup });
    const cells = cellsOf(verdicts, name);
    columns.push(cells);
    elsewhere = [...new Set(verdicts.map(({ id }) => id))].filter((id) => !cells.has(id)).toSorted();
    process.stdout.write(`${setup.title}: ${cells.size} checks in ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
  }
  const idle = [...columns[0].keys()].filter((id) => columns.every((column) => column.get(id).cell.includes(NOTHING)));
  for (const id of idle) for (const column of columns) column.delete(id);
  writeFileSync(`${root}docs/guards.md`, pageOf(blueprint, columns, elsewhere, idle));
  const wrong = [...columns[2]].filter(([, { cell }]) => WRONG.includes(kindOf(cell)));
  for (const [id, { cell }] of wrong) process.stdout.write(`${setups.all.title}: ${id} ${cell}\n`);
  process.stdout.write('wrote docs/guards.md\n');
  process.exitCode = wrong.length > 0 ? 2 : 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

// What a Docker daemon changes of this machine's network and does not put back when it ends: rules of the firewall, bridges, and whether packets are passed on.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const FORWARDS = '/proc/sys/net/ipv4/ip_forward';
/** A bridge is called `docker0`, or `br-` and the first twelve digits of its network's id. */
const BRIDGE = /^(?:docker0|br-[0-9a-f]{12})$/;
const DOCKERS_RULE = /(?:^|\s)(?:-[AI] |-j )?DOCKER\b|\s(?:docker0|br-[0-9a-f]{12})(?=\s|$)/;

/**
 * @typedef {object} Network plain data: it is noted in a file, for a run that comes after one that was killed
 * @property {string} rules as `iptables-save` writes them
 * @property {readonly string[]} bridges
 * @property {string | undefined} forwards
 */

const output = (/** @type {string} */ command, /** @type {readonly string[]} */ args) => spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';

/** @returns {Network} */
export const networkNow = () => ({
  rules: output('iptables-save', []),
  bridges: output('ip', ['-oneline', 'link']).split('\n').flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []).filter((name) => BRIDGE.test(name)),
  forwards: existsSync(FORWARDS) ? readFileSync(FORWARDS, 'utf8').trim() : undefined,
});

/** @param {string} rules @returns {Map<string, string[]>} lines by their table */
const tables = (rules) => {
  const found = new Map();
  let table = '';
  for (const line of rules.split('\n')) {
    if (line.startsWith('*')) found.set((table = line.slice(1)), []);
    else if (/^[:-]/.test(line)) found.get(table)?.push(line);
  }
  return found;
};
const chainOf = (/** @type {string} */ line) => /^:(\S+) (\S+)/.exec(line);

/**
 * The rules of now without those that are Docker's and were not there before, and each policy as it was then. What others have changed meanwhile stays.
 * @param {string} before
 * @param {string} now
 */
export const withoutDocker = (before, now) => {
  const then = tables(before);
  return [...tables(now)].map(([table, lines]) => {
    const old = then.get(table) ?? [];
    const kept = lines.flatMap((line) => {
      const [, chain, policy] = chainOf(line) ?? [];
      // A chain of one's own has no policy.
      if (chain !== undefined && policy !== '-') return `:${chain} ${old.map(chainOf).find((known) => known?.[1] === chain)?.[2] ?? 'ACCEPT'} [0:0]`;
      const isNew = chain === undefined ? !old.includes(line) : !old.some((known) => chainOf(known)?.[1] === chain);
      return isNew && DOCKERS_RULE.test(line.replace(/^:/, ' ')) ? [] : line;
    });
    return `*${table}\n${kept.map((line) => `${line}\n`).join('')}COMMIT\n`;
  }).join('');
};

/** @param {Network} before */
export const putBack = ({ rules, bridges, forwards }) => {
  const now = networkNow();
  for (const bridge of now.bridges) if (!bridges.includes(bridge)) spawnSync('ip', ['link', 'delete', bridge], { stdio: 'ignore' });
  const wanted = withoutDocker(rules, now.rules);
  if (wanted !== '') spawnSync('iptables-restore', { input: wanted, stdio: ['pipe', 'ignore', 'inherit'] });
  if (forwards !== undefined && forwards !== now.forwards) writeFileSync(FORWARDS, forwards);
};

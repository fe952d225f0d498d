import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import type { AuthctlOptions, Report } from 'authctl';
import { onTestFinished } from 'vitest';
import type { Fate } from '../../stack/undo-proxy.ts';
import { startUndoProxy } from '../../stack/undo-proxy.ts';
import { blueprint, startTargets } from './targets.ts';

/** A blueprint that goes from version to version, both servers, and Kong behind a proxy that spoils what it is told to. */
export const startVersions = async () => {
  const targets = await startTargets();
  const { KONG_ADMIN_URL: admin = '', AUTHCTL_STATE_DIR: state = '' } = targets;
  const proxy = await startUndoProxy(admin);
  const directory = mkdtempSync(join(tmpdir(), 'authctl-versions-'));
  onTestFinished(async () => {
    await proxy.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'tickets.yaml');
  cpSync(blueprint, file);
  const first = readFileSync(file, 'utf8');
  const env = { ...targets, KONG_ADMIN_URL: proxy.url };
  const runs = join(state, 'runs');
  return {
    env,
    file,
    runs,
    open: (more: Partial<AuthctlOptions> = {}) => createAuthctl({ env, localStack: false, ...more }),
    /** The file as it was at first, with each text in the place of another. */
    rewrite: (...edits: readonly (readonly [from: string, to: string])[]): void => {
      writeFileSync(file, edits.reduce((text, [from, to]) => {
        if (!text.includes(from)) throw new Error(`the blueprint has no "${from}"`);
        return text.replace(from, to);
      }, first));
    },
    spoil: (fate: (method: string, path: string) => Fate): void => { proxy.decide(fate); },
    heal: (): void => { proxy.decide(() => 'pass'); },
    kong: async (method: string, path: string, body?: object): Promise<unknown> => {
      const answer = await fetch(`${admin}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.status === 204 ? undefined : answer.json();
    },
    kept: (ending: string): readonly string[] => readdirSync(runs).filter((name) => name.endsWith(ending)),
  };
};

/** What a run without routes leaves closed: the next one opens it. */
export const CLOSED = ['events', 'events.public', 'tickets'].map((name) => `update kong.service/tickets.${name}`);
/** No route is made: what guards it is there, and nothing is let through. */
export const noRoutes = (method: string, path: string): Fate => (method === 'POST' && path.includes('/routes') && !path.startsWith('/schemas') ? 500 : 'pass');

export const codes = ({ problems }: Report): readonly string[] => [...new Set(problems.map(({ code }) => code))];
export const done = ({ applied = [] }: Report): readonly string[] => applied.flatMap(({ outcome, action, address }) => (outcome === 'done' && action !== 'settle' ? [`${action} ${address}`] : []));

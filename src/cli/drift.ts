import { Problem } from '../core/problem.ts';
import type { Action } from './index.ts';

export const driftCommand: Action<{ watch?: boolean; interval: string; listen: string }> = async ({ authctl, env, finish, interruptible, terminal }, path, { watch, interval, listen }) => {
  if (!watch) return finish(await authctl.drift(path));
  const webhook = env['AUTHCTL_WEBHOOK'];
  const request = { interval: secondsOf(interval), listen, ...(webhook !== undefined && webhook !== '' && { webhook }) };
  return finish(await interruptible(() => authctl.watch(path, request), () => terminal.say('stopping: the look under way is finished')));
};

const FACTORS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const secondsOf = (stated: string): number => {
  const [, amount, unit = ''] = /^([1-9]\d{0,5})([smh])$/.exec(stated) ?? [];
  if (amount === undefined) throw new Problem('WATCH_INTERVAL', `--interval ${stated} is no time between two looks`, { expected: 'a duration such as 30s, 5m or 1h' });
  return Number(amount) * (FACTORS[unit] ?? 1);
};

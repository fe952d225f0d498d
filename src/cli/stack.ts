import { stackDown, stackStatus, stackUp } from '../stack/index.ts';
import type { StackPart, StackPorts } from '../stack/index.ts';
import { stackNeeds } from './needs.ts';
import type { Context } from './context.ts';

/** Kong or AWS alone need no blueprint: they start empty. */
const EMPTY = { needs: { name: 'empty', keycloak: false, opa: false, kong: true, aws: true, services: [] }, secretNames: [], secrets: {} };

type StackOptions = Record<string, string | boolean | undefined>;

/** `stack up|down|status`: the wrapper around src/stack, which knows how each server is started and stopped. */
export const stackCommand = async (context: Context, action: 'up' | 'down' | 'status', path: string, options: StackOptions): Promise<number> => {
  const { terminal, stackDir } = context;
  const command = `stack ${action}`;
  if (action === 'down') {
    const stopped = await stackDown({ dir: stackDir });
    return context.finish({ command, problems: [], text: stopped ? 'the local stack is down' : 'no local stack was running', data: { stopped } });
  }
  if (action === 'status') {
    const { state, servers } = await stackStatus({ dir: stackDir });
    const text = state === 'stopped' ? 'no local stack is running' : `${state}\n${describe(servers)}`;
    return context.finish({ command, problems: [], text, data: { state, servers }, negative: state !== 'running' });
  }
  const only = typeof options.only === 'string' ? (options.only.split(',').map((part) => part.trim()) as StackPart[]) : undefined;
  const alone = only?.every((part) => part === 'kong' || part === 'aws') === true;
  const interruption = new AbortController();
  const stop = (): void => interruption.abort();
  context.process.on('SIGINT', stop);
  try {
    const { needs, secretNames, secrets } = alone ? EMPTY : await stackNeeds(path, context);
    const info = await stackUp({
      dir: stackDir,
      blueprintNeeds: needs,
      secretNames,
      secrets,
      ...(only && { only }),
      ports: ports(options),
      ...(typeof options.clock === 'string' && { clock: Number(options.clock) }),
      dbless: options.dbless === true,
      events: ({ step, state, detail, seconds }) => {
        if (state === 'started' && context.process.stdout.isTTY !== true) return;
        const mark = { started: '…', done: terminal.err.good('✓'), failed: terminal.err.bad('✗') }[state];
        const more = [detail, seconds === undefined ? undefined : `${seconds.toFixed(1)} s`].filter((part) => part !== undefined).join(', ');
        terminal.say(`${mark} ${step}${more === '' ? '' : ` ${terminal.err.faint(more)}`}`);
      },
      signal: interruption.signal,
    });
    const text = `${info.already ? 'the local stack was already running\n' : ''}${describe(info.servers)}`;
    return await context.finish({ command, problems: [], text, data: { already: info.already, servers: info.servers } });
  } finally {
    context.process.off('SIGINT', stop);
  }
};

const ports = (options: StackOptions): StackPorts => {
  const names = { keycloak: 'keycloakPort', kongAdmin: 'adminPort', kongProxy: 'proxyPort' } as const;
  const given = Object.entries(names).flatMap(([name, option]) => (typeof options[option] === 'string' ? [[name, Number(options[option])]] : []));
  return Object.fromEntries(given) as StackPorts;
};

const describe = (servers: readonly { readonly name: string; readonly url: string; readonly what: string }[]): string => {
  const width = Math.max(0, ...servers.map(({ name }) => name.length));
  return servers.map(({ name, url, what }) => `${name.padEnd(width)}  ${url}  ${what}`).join('\n');
};

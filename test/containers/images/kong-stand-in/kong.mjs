#!/usr/bin/env node
// `kong docker-start`, `kong migrations bootstrap` and `kong health` as the image of Kong has them, and the stand-in behind them. What is kept is kept in
// memory: there is no database to bring up to date.
import { existsSync, readFileSync } from 'node:fs';
import { redactText, startEmbeddedKong } from 'authctl-stand-ins';

const [, , command, argument, ...rest] = process.argv;
const flag = [argument, ...rest].indexOf('-c');
const file = flag === -1 ? ['/etc/kong/kong.conf'].find(existsSync) : [argument, ...rest][flag + 1];
/** Kong's own file of settings: `name = value`. A variable of the environment wins. */
const settings = Object.fromEntries(
  (file === undefined ? '' : readFileSync(file, 'utf8')).split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value]];
  }),
);
const setting = (name, otherwise) => process.env[`KONG_${name.toUpperCase()}`] ?? settings[name] ?? otherwise;
const [, host = '127.0.0.1', admin = '8001'] = /^(.*):(\d+)/.exec(setting('admin_listen', '127.0.0.1:8001')) ?? [];
const [, , proxy = '8000'] = /^(.*):(\d+)/.exec(setting('proxy_listen', '0.0.0.0:8000')) ?? [];

if (command === 'health') {
  const answer = await fetch(`http://127.0.0.1:${admin}/status`).catch(() => undefined);
  process.exit(answer?.ok ? 0 : 1);
}
if (command === 'migrations') process.exit(0);

const kong = await startEmbeddedKong({
  adminPort: Number(admin), proxyPort: Number(proxy), host, pluginDir: '/usr/local/share/lua/5.1/kong/plugins', dbless: setting('database', 'postgres') === 'off',
  log: (message) => { process.stdout.write(`${redactText(message)}\n`); },
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT']) process.on(signal, () => { void kong.close().then(() => process.exit(0)); });

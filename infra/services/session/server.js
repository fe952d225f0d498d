import { createServer } from 'node:http';
import { createClient } from 'redis';
import { createApp } from './app.js';
import { readConfig } from './config.js';

const log = (/** @type {string} */ line) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const config = readConfig(process.env);
const redis = createClient({
  url: config.storeUrl,
  disableOfflineQueue: true,
  // Asked about notices of maintenance, Infinispan does not answer at all.
  maintNotifications: 'disabled',
  // A frozen server is noticed by an idle connection, too.
  pingInterval: 500,
  socket: { connectTimeout: 1000, socketTimeout: 1000, reconnectStrategy: (tries) => Math.min(tries * 50, 500) },
});
let down = false;
redis.on('error', (error) => {
  if (!down) log(`store: ${error.code ?? error.message}`);
  down = true;
});
redis.on('ready', () => {
  down = false;
  log('store: ready');
});
await redis.connect();
const server = createServer(createApp({ config, redis, log }));
server.listen(config.port, config.host, () => log(`listening on ${config.host}:${config.port}`));
const stop = () => {
  server.close(() => {
    redis.destroy();
    process.exit(0);
  });
  server.closeAllConnections();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

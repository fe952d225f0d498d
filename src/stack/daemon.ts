/**
 * The supervisor: a process of its own that hosts the stand-ins and the small servers, and owns Keycloak and OPA. `stack up` starts it
 * and hands it the order through a pipe; as long as it has not been told to `stay`, the end of that pipe stops everything.
 */
import { inspect } from 'node:util';
import { Problem } from '../core/problem.ts';
import { toFailed } from './messages.ts';
import type { FromDaemon } from './messages.ts';
import { removeSecrets } from './state.ts';
import { superviseStack } from './supervise.ts';
import type { StackOrder } from './supervise.ts';

process.umask(0o077);
const cancel = new AbortController();
const interrupted = new Problem('STACK_INTERRUPTED', 'the start was interrupted; what had been started is stopped');

const tell = (message: FromDaemon): Promise<void> =>
  new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, undefined, undefined, () => { resolve(); });
  });

const serve = async (order: StackOrder): Promise<void> => {
  const { stop } = await superviseStack(order, (event) => void tell({ type: 'event', event }), cancel.signal);
  const end = new Promise<void>((resolve) => {
    cancel.signal.addEventListener('abort', () => { resolve(); });
  });
  await tell({ type: 'ready' });
  if (!cancel.signal.aborted) await end;
  await stop();
};

const run = async (order: StackOrder): Promise<never> => {
  let code = 0;
  try {
    await serve(order);
  } catch (thrown) {
    code = 1;
    if (!cancel.signal.aborted) await tell(toFailed(thrown));
  } finally {
    removeSecrets(order.dir);
  }
  process.exit(code);
};

let stays = false;
process.on('disconnect', () => {
  if (!stays) cancel.abort(interrupted);
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { cancel.abort(interrupted); });

/** A bug in a server of this process: the children must not outlive it, nor the secrets. */
const crash = (thrown: unknown): void => {
  process.stderr.write(`${inspect(thrown)}\n`);
  cancel.abort(thrown);
};
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

process.once('message', (order: StackOrder) => {
  process.once('message', () => {
    stays = true;
    process.disconnect();
  });
  void run(order);
});

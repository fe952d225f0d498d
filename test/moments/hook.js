// Loaded before the program (`node --import`): counts what it does to the world, and sends it a signal at one of these moments, or at several. No clock
// takes part. A moment is a request that is about to go out, one that is out, an answer that has come, or a file before and after it is touched.
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

/** `at`: numbers of moments. `count`: a file for how many there were. `reads`: files that are only read count, too. `again`: so many milliseconds later once more. */
const { at = [], signal = 'SIGKILL', count, reads = false, again } = JSON.parse(process.env['AUTHCTL_MOMENT'] ?? '{}');
// Nobody else's business, least of all a child's.
delete process.env['AUTHCTL_MOMENT'];

let moments = 0;
const moment = () => {
  moments += 1;
  if (!at.includes(moments)) return;
  process.kill(process.pid, signal);
  if (again) setTimeout(() => process.kill(process.pid, signal), again);
};

const { end } = http.ClientRequest.prototype;
/** @this {http.ClientRequest} @param {any[]} args */
http.ClientRequest.prototype.end = function (...args) {
  moment();
  this.once('finish', moment);
  this.prependOnceListener('response', moment);
  return Reflect.apply(end, this, args);
};

const WRITES = ['appendFile', 'writeFile', 'mkdir', 'mkdtemp', 'rename', 'rm', 'unlink', 'link', 'copyFile', 'chmod', 'open'];
const READS = ['readFile', 'readdir', 'stat', 'access'];
const { writeFileSync } = fs;
for (const name of reads ? [...WRITES, ...READS] : WRITES) {
  const promised = /** @type {any} */ (fs.promises);
  const before = promised[name];
  promised[name] = async (/** @type {any[]} */ ...args) => {
    moment();
    try {
      return await before.apply(promised, args);
    } finally {
      moment();
    }
  };
  const plain = /** @type {any} */ (fs);
  const sync = plain[`${name}Sync`];
  plain[`${name}Sync`] = (/** @type {any[]} */ ...args) => {
    moment();
    try {
      return sync.apply(plain, args);
    } finally {
      moment();
    }
  };
}
syncBuiltinESMExports();

if (count) process.on('exit', () => writeFileSync(count, String(moments)));

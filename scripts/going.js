// Runs a command that says nothing while it works, and says for it what it is and every ten seconds that it goes on: node scripts/going.js <what> <command…>
import { run } from './run.js';

const [, , what = '', command = '', ...args] = process.argv;
const begun = Date.now();
process.stdout.write(`… ${what}\n`);
const still = setInterval(() => { process.stdout.write(`… ${what}: ${Math.round((Date.now() - begun) / 1000)} s\n`); }, 10_000);
try {
  process.exitCode = (await run(command, args)).code;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(still);
}

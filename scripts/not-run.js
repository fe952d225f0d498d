// The last line of `npm run check`: what it has left out, so that nobody takes it for everything.
import { readdirSync } from 'node:fs';

const sweeps = readdirSync('test/unit', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sweep.test.ts'));
process.stdout.write(`not run: ${sweeps.length} sweeps (npm run sweeps), the tests against a stack (npm run stack); make test runs everything\n`);

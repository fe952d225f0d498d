// Writes what is made from the sources and committed: a test holds each of them to its source. Needs a build.
import { writeFileSync } from 'node:fs';
import { problemReference } from '../dist/problems/reference.js';

const files = { 'docs/errors.md': problemReference() };
for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
process.stdout.write(`written: ${Object.keys(files).join(', ')}\n`);

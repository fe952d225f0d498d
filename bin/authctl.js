#!/usr/bin/env node
import module from 'node:module';

// What was compiled once is kept (Node.js 22.8 and newer): the second start is a quicker one.
module.enableCompileCache?.();
await import('../dist/bin/main.js');

// The entry of the custom step on Alibaba Cloud Flow, which starts Node and nothing else. The
// program lies beside this file, one for each kind of processor; the fields of the form are
// variables already. What the program says goes to the log, and how it ends is how the step ends.
'use strict';

const { spawnSync } = require('node:child_process');
const { chmodSync } = require('node:fs');
const path = require('node:path');

const names = { x64: 'runbell-linux-amd64', arm64: 'runbell-linux-arm64' };
const name = names[process.arch];
if (name === undefined) {
  console.error(`runbell: there is no program for ${process.arch}; 没有适用于 ${process.arch} 的程序`);
  process.exit(2);
}
const program = path.join(__dirname, name);
try {
  // The upload may forget that the file may be run.
  chmodSync(program, 0o755);
} catch (fault) {
  // Somebody else's file that may be run already is as good.
  if (fault.code === 'ENOENT') {
    console.error(`runbell: ${name} is not beside index.js; see packaging/flow/README.md`);
    process.exit(2);
  }
}
const ended = spawnSync(program, [], { stdio: 'inherit' });
if (ended.error !== undefined) {
  console.error(`runbell: ${name} did not start: ${ended.error.message}`);
  process.exit(1);
}
process.exit(ended.status ?? 1);

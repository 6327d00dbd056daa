/** Required before a program that runs its text as `vm.Script`: at its end, keeps V8's code of the first one in CODE_FILE. */
const fs = require('node:fs');
const vm = require('node:vm');

const { Script } = vm;
let first;

vm.Script = class extends Script {
  constructor(...given) {
    super(...given);
    first ??= this;
  }
};

process.on('exit', () => fs.writeFileSync(process.env.CODE_FILE, first.createCachedData()));

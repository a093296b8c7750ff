// npm.js ZONE FILE... - all four checks by npm's mailauth; 0 when all pass.
'use strict';
const fs = require('fs');
const { authenticate } = require('mailauth');

const records = new Map();
const add = (type, name, data) =>
    records.set(type + ' ' + name.toLowerCase(), data);

for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
    const [, name, type, data] = /^(\S+)\.\t(TXT|A) (.*)$/.exec(line) || [];
    if (type === 'TXT')
        add(type, name, [data.match(/"[^"]*"/g).map(s => s.slice(1, -1))]);
    else if (type === 'A')
        add(type, name, [data]);
}

async function resolver(name, type) {
    const found = records.get(type + ' ' + name.toLowerCase());
    if (found)
        return found;
    throw Object.assign(new Error('no ' + name), { code: 'ENOTFOUND' });
}

async function check(name) {
    const text = fs.readFileSync(name);
    const head = text.toString('latin1', 0, 4096);
    const [, helo, ip] = /^Received: from (\S+) \(\S+ \[(\S+)\]/m.exec(head);
    const [, sender] = /^Return-Path: <(.*)>/m.exec(head);
    const { dkim, spf, arc, dmarc } = await authenticate(text,
        { ip, helo, sender, mta: 'mx1.lindenhof.example', resolver });
    const results = dkim.results.concat([spf, dmarc]);
    if (/^ARC-Seal:/m.test(head))
        results.push(arc);
    for (const { status } of results)
        if (status.result !== 'pass')
            throw new Error(name + ' does not pass');
}

(async () => {
    for (const name of process.argv.slice(3))
        await check(name);
})().catch(error => {
    console.error(error.message);
    process.exit(1);
});

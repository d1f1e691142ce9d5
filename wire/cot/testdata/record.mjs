// Records what @tak-ps/node-cot makes of the events of this folder: see make.sh.
import fs from 'node:fs';
import path from 'node:path';
import CoT from '@tak-ps/node-cot';

const [dir, version] = process.argv.slice(2);

// node-cot stamps each event with the time at which it read it.
function plain(cot) {
    delete cot.raw.event.detail['_flow-tags_'];
    return cot;
}

function attempt(f, fault = (error) => ({ error })) {
    try {
        return f();
    } catch (err) {
        return fault(String(err.safe ?? err.message ?? err));
    }
}

const events = {};
for (const file of fs.readdirSync(path.join(dir, 'events')).sort()) {
    const xml = fs.readFileSync(path.join(dir, 'events', file));
    const ours = fs.readFileSync(path.join(dir, 'ours', file.replace('.xml', '.pb')));
    events[file] = {
        read: attempt(() => plain(new CoT(xml)).raw),
        wrote: attempt(() => Buffer.from(plain(new CoT(xml)).to_proto()).toString('hex'), (error) => 'error: ' + error),
        given: ours.toString('hex'),
        readOurs: attempt(() => plain(CoT.from_proto(ours)).raw),
    };
}
fs.writeFileSync(path.join(dir, 'node-cot.json'), JSON.stringify({ version, events }, null, 1) + '\n');
